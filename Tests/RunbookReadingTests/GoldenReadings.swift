/// Structures of the seeds' readings, compared line by line with the documents before they were kept here.
enum GoldenReadings {
  static let seeds: [String: String] = [
    "000": """
    procedure full 21 - -
     stage before 14 - -
      before/1 16-16 manual observe here 3123fb0a
      before/2 17-17 manual observe here be7f4afe
      before/3 18-18 manual observe here 6068b499
      before/4 19-19 manual observe here 34188137
     stage step-1 23 - -
      choice step-1 29 option-1:29 option-2:31
      step-1/1 29-29 shell observe here e10af5d2 option-1
      step-1/2 32-32 shell observe here 4f16c21a option-2
     stage step-2 35 - -
      step-2/1 40-43 file change here 09954859
     stage step-3 52 - -
      choice step-3 56 option-1:56 option-2:58
      step-3/1 56-56 shell change here a4da7fe2 option-1
      step-3/2 59-59 shell change here c1bb4761 option-2
     stage step-4 62 - -
      step-4/1 66-66 shell change here 8c0092e8
     stage step-5 69 - -
      step-5/1 73-73 shell change here 1e4cc4f4 interactive
      step-5/2 76-76 http observe here cb149a06
     stage step-6 79 - -
      step-6/1 83-83 shell change here bbdae926
      step-6/2 85-85 manual change here 9234f148
     stage step-7 88 - -
      step-7/1 90-90 manual observe here 0468f1e9
      step-7/2 91-91 manual observe here ef4c5137
      step-7/3 92-92 manual observe here 4683bf01
      step-7/4 93-93 manual observe here 3b8c9c38
      step-7/5 94-94 manual observe here 7367c016
    triggers 9 10 11 12
    rules
    contacts 119 120 121
    criteria 98c 99t 100t 101t
    holes angle:40! angle:41! angle:43! angle:56,59!
    facts 48not 49not 50not 105ret 125not 126not 127not
    notRun 109:quick-reference
    """,
    "001": """
    procedure full 23 - 5400..10800
     stage step-1 25 - 600..900
      step-1/1 29-29 sql observe here 52a26ff8
      step-1/2 31-32 manual observe here a50e5520
      step-1/3 36-36 manual observe here f95a9213
      step-1/4 37-37 manual observe here b7aba5d9
      step-1/5 38-38 manual observe here 50596a99
      step-1/6 39-39 manual observe here de4fd5ef
     stage step-2 41 - - optional
      step-2/1 46-47 manual change here f8af54ec optional
      step-2/2 50-50 manual observe here b2faa35a
      step-2/3 51-51 manual observe here e6d4dfcc
      step-2/4 52-52 manual observe here 0ed0e550
     stage step-3 54 high 300..600
      step-3/1 61-73 http change here 4f2bedb4
      step-3/2 76-76 manual observe here 69d14ce7
      step-3/3 77-77 manual observe here 864626d6
      step-3/4 78-78 manual observe here 121caa32
      step-3/5 79-79 manual observe here 7311514d
     stage step-4 81 - 900..1200
      choice step-4 84 option-a:84 option-b:88
      step-4/1 85-85 shell observe here 7036e9e2 option-a
      step-4/2 86-86 shell change here dac2ff8a option-a
      step-4/3 89-89 shell change here ea92f85f option-b
      step-4/4 90-90 shell change here 7849ee05 option-b
      step-4/5 92-93 manual change here 81cc34b6
      step-4/6 96-96 shell change sudo ae0de555
      step-4/7 99-99 manual observe here c5420f41
      step-4/8 100-100 manual observe here 9010d2ce
      step-4/9 101-101 manual observe here b299d0ce
      step-4/10 102-102 manual observe here 2c3de24d
     stage step-5 104 - 600..900
      step-5/1 108-115 http observe here 58cfc857
      step-5/2 118-118 manual observe here 7c858907
      step-5/3 119-119 manual observe here 800c9ffc
      step-5/4 120-120 manual observe here 182df827
     stage step-6 122 high 1800..2700 optional
      choice step-6 137 option-1:137 option-2:140
      guard 127
      guard 128
      guard 136
      step-6/1 134-134 sql observe here 52a26ff8
      step-6/2 138-138 sql change here 8c736ade destructive option-1
      step-6/3 141-143 sql change here ec6962dc destructive option-2
      step-6/4 149-149 shell change here 9d1a61ed
      step-6/5 152-152 shell change here 317cceee
      step-6/6 155-155 shell change here 3ff0ff94
      step-6/7 158-158 shell change here b6368e7b
      step-6/8 161-161 manual observe here b536f24c
      step-6/9 162-162 manual observe here fa9a0bad
      step-6/10 163-163 manual observe here 0d6cbf0c
      step-6/11 164-164 manual observe here b897013c
     stage step-7 166 - 1800..3600
      step-7/1 170-172 manual change here 2a0485ac
      step-7/2 175-175 manual observe here b5a79586
      step-7/3 176-176 manual observe here 5ed38028
      step-7/4 177-177 manual observe here 98959cab
      step-7/5 178-178 manual observe here 30a8059e
      step-7/6 181-181 manual observe here 972a17a4
      step-7/7 182-182 manual observe here 37d13b27
      step-7/8 183-183 manual observe here 0a3fbf30
      step-7/9 184-184 manual observe here 728e5f3a
     stage step-8 186 - -
      step-8/1 220-220 manual observe here e125724d
      step-8/2 221-221 manual observe here 8f6bd7cb
      step-8/3 222-222 manual observe here 955e3437
      step-8/4 223-223 manual observe here 60ae1fd3
    triggers 6>5.0 7 8 9 10 11
    rules 17 18 19 20 21
    contacts 272 273 274 275
    criteria
    holes brace:61! capitals:62! host:65,108 doubleBrace:68 doubleBrace:69 doubleBrace:70 doubleBrace:71 angle:86!
    facts 190tem 229est 230est 231est 232est 233est 234est 235est 239par 246par 253par 279not 280not 281not 282not 283not
    notRun 262:prevention 263:prevention 264:prevention 265:prevention 266:prevention 267:prevention 268:prevention
    """,
    "002": """
    procedure phase-1-3 19 low ..300
     stage before 212 - -
      before/1 213-213 manual observe here f1ef3474
      before/2 214-214 manual observe here 6d136cd3
      before/3 215-215 manual observe here 6be359c9
      before/4 216-216 manual observe here d579f82b
      before/5 217-217 manual observe here 60ae1fd3
      before/6 218-218 manual observe here 1e020ff3
     stage phase-1-3 19 low ..300
      phase-1-3/1 26-26 shell change here 48bb4075 destructive
      phase-1-3/2 27-27 shell change here 3208b54c destructive
      phase-1-3/3 28-28 shell change here 05d2da06 destructive
      phase-1-3/4 31-31 shell observe here 91b01d41
    procedure phase-4-5 38 medium 600..900
     stage before 212 - -
      before/1 213-213 manual observe here f1ef3474
      before/2 214-214 manual observe here 6d136cd3
      before/3 215-215 manual observe here 6be359c9
      before/4 216-216 manual observe here d579f82b
      before/5 217-217 manual observe here 60ae1fd3
      before/6 218-218 manual observe here 1e020ff3
     stage phase-4-5 38 medium 600..900
      phase-4-5/1 45-45 shell change here cf794b2f
      phase-4-5/2 46-46 shell change here ab5c5f72
      phase-4-5/3 49-49 shell change here 9cf1d7de destructive
      phase-4-5/4 50-50 shell change here 9f093122 destructive
      phase-4-5/5 53-53 shell change here 0049f657
    procedure phase-6 60 high 900..1200
     stage before 212 - -
      before/1 213-213 manual observe here f1ef3474
      before/2 214-214 manual observe here 6d136cd3
      before/3 215-215 manual observe here 6be359c9
      before/4 216-216 manual observe here d579f82b
      before/5 217-217 manual observe here 60ae1fd3
      before/6 218-218 manual observe here 1e020ff3
     stage phase-6 60 high 900..1200
      phase-6/1 67-67 shell change here c1ed1dae destructive
      phase-6/2 70-70 shell change here cf794b2f
      phase-6/3 73-73 shell observe here 01a326ab
    procedure phase-7 82 high 1800..3600
     stage before 212 - -
      before/1 213-213 manual observe here f1ef3474
      before/2 214-214 manual observe here 6d136cd3
      before/3 215-215 manual observe here 6be359c9
      before/4 216-216 manual observe here d579f82b
      before/5 217-217 manual observe here 60ae1fd3
      before/6 218-218 manual observe here 1e020ff3
     stage phase-7 82 high 1800..3600
      phase-7/1 89-89 shell change here e029a6b2 destructive
      phase-7/2 92-92 shell change here 40c726cb
      phase-7/3 95-95 shell change here 982548f7
      phase-7/4 98-101 sql observe here cc496eee
    procedure phase-8 110 critical 300..600
     stage before 212 - -
      before/1 213-213 manual observe here f1ef3474
      before/2 214-214 manual observe here 6d136cd3
      before/3 215-215 manual observe here 6be359c9
      before/4 216-216 manual observe here d579f82b
      before/5 217-217 manual observe here 60ae1fd3
      before/6 218-218 manual observe here 1e020ff3
     stage phase-8 110 critical 300..600
      phase-8/1 117-117 shell change here b305f246 destructive
      phase-8/2 119-120 manual change here 17596d67
      phase-8/3 123-123 shell change here a52716f7
      phase-8/4 124-124 shell change here c07c595c
      phase-8/5 127-127 shell observe here bd2a3d74
    procedure phase-9-10 134 medium ..300
     stage before 212 - -
      before/1 213-213 manual observe here f1ef3474
      before/2 214-214 manual observe here 6d136cd3
      before/3 215-215 manual observe here 6be359c9
      before/4 216-216 manual observe here d579f82b
      before/5 217-217 manual observe here 60ae1fd3
      before/6 218-218 manual observe here 1e020ff3
     stage phase-9-10 134 medium ..300
      phase-9-10/1 141-141 shell change here 2b1ebadc
      phase-9-10/2 144-144 shell change here f5001074 destructive
      phase-9-10/3 145-145 shell change here 5fccbbca destructive
      phase-9-10/4 148-148 shell change here 76bd01d3
    procedure phase-11 157 critical ..300
     stage before 212 - -
      before/1 213-213 manual observe here f1ef3474
      before/2 214-214 manual observe here 6d136cd3
      before/3 215-215 manual observe here 6be359c9
      before/4 216-216 manual observe here d579f82b
      before/5 217-217 manual observe here 60ae1fd3
      before/6 218-218 manual observe here 1e020ff3
     stage phase-11 157 critical ..300
      phase-11/1 165-165 shell change here 7083086f
      phase-11/2 166-166 shell change here 4f7c01c2
      phase-11/3 169-169 shell change here f5959267
      phase-11/4 172-173 shell change here 6f1a4a70 interactive
      phase-11/5 176-176 shell change here a8fb9fb4
      phase-11/6 179-179 shell observe here c4ea3560 interactive
      phase-11/7 182-183 sql observe here a9302ace
      phase-11/8 186-186 shell change here d4f0f30a
    triggers
    rules 203 204 205 206
    contacts 233 234 235 238#1 239#2 240#3
    criteria 192t 193t 194t 195t 221t 222t 223t 224t 225t 226t
    holes date:169! host:186
    facts 9not 10not 11not 12not 13not 34est 56est 76est 104est 130est 151est 189est 247not 248not 249not 250not 251not 252not
    notRun
    """,
    "003": """
    procedure full 19 - -
     stage step-1 21 - 30..30
      step-1/1 25-25 shell change here 050cf2ad
     stage step-2 34 - 60..60
      step-2/1 38-38 shell observe here 8837a28e expects:43
     stage step-3 48 - 120..120
      choice step-3 54 option-1:54 option-2:56
      step-3/1 54-54 shell change here a9382b96 interactive option-1
      step-3/2 56-57 manual change here 01c694e1 option-2
     stage step-4 60 - 300..300
      step-4/1 64-64 shell change here 44351ac4
      step-4/2 65-83 shell change here fdc1aa36 expects:86
     stage step-5 88 - 600..600
      step-5/1 94-99 shell observe here 860a597b
      step-5/2 102-106 shell observe here c61215d8 expects:110,111,112
     stage step-6 114 - 1800..
      step-6/1 119-119 shell observe here 483e86f7 interactive
      step-6/2 122-122 shell observe here 2bf265d4
     stage step-7 131 - -
      step-7/1 136-158 shell change here f28f9f5d
    triggers 11 12>20.0 13 14 15 16 17
    rules
    contacts 205#1 206#2 207#3
    criteria 217c 218c 219c 220c 221c
    holes bracket:145 bracket:149 bracket:150 bracket:154 bracket:157
    facts 29not 30not 31not 32not 126not 127not 128not 129not 164not 165not 166not 210not 211not 212not
    notRun 169:forward 184:quick-reference
    """,
    "004": """
    procedure quick-rollback 3 - -
     stage step-1 5 - 120..120
      step-1/1 8-8 shell change here 2db454c7
      step-1/2 11-11 shell change here 4b596262
      step-1/3 12-12 shell change here 331e4dcc
      step-1/4 15-15 http observe here 102c4b90
     stage step-2 18 - - optional
      choice step-2 24 option-1:24 option-2:26
      step-2/1 21-21 shell observe container:gateway 6bddd9c0
      step-2/2 24-24 shell change container:gateway 78a2d262 option-1
      step-2/3 27-27 shell change container:gateway 1dfcf8ae option-2
      step-2/4 30-30 shell change here bada2a1a
     stage step-3 33 - -
      step-3/1 36-36 shell change here 48a9d430
      step-3/2 39-39 shell change here bada2a1a
    procedure scenario-a 46 - -
     stage scenario-a 46 - -
      scenario-a/1 53-53 file change here 81d8c124
      scenario-a/2 56-56 shell change here bada2a1a
      scenario-a/3 59-59 http observe here 2f4d4bab expects:60
    procedure scenario-b 63 - -
     stage scenario-b 63 - -
      scenario-b/1 70-70 shell observe container:gateway 6bddd9c0
      scenario-b/2 73-73 shell change container:gateway 78a2d262
      scenario-b/3 76-76 shell change here bada2a1a
    procedure scenario-c 79 - -
     stage scenario-c 79 - -
      scenario-c/1 86-86 shell change here 4b596262
      scenario-c/2 89-89 shell change here 7ea15f77
      scenario-c/3 90-90 shell change container:db a892d2b1
      scenario-c/4 93-93 shell change here a7652dec
      scenario-c/5 96-96 shell change here d2fc3d34
      scenario-c/6 97-97 shell change here 331e4dcc
      scenario-c/7 100-100 http observe here 102c4b90
    triggers
    rules
    contacts
    criteria
    holes angle:27! angle:53! angle:59!
    facts 122not 123not 124not 125not 126ret
    notRun 107:quick-reference 108:quick-reference 109:quick-reference 110:quick-reference 111:quick-reference 112:quick-reference 113:quick-reference 114:quick-reference 115:quick-reference 116:quick-reference
    """,
  ]
}
