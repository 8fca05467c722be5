extension Vocabulary {
  static let turkish: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["ne zaman", "tetikleyici*"]),
      (.before, ["geri alma öncesi", "ön koşullar", "hazırlık", "gereksinimler"]),
      (.contacts, ["iletişim"]), (.troubleshooting, ["sorun giderme", "sık karşılaşılan"]),
      (.prevention, ["önleme", "en iyi uygulamalar"]),
      (.after, ["geri alma sonrası", "rollback sonrası", "sonraki adımlar"]),
      (.verification, ["doğrulama", "kontrol"]),
      (.background, ["genel bakış", "özet", "giriş", "içindekiler", "amaç"]),
    ],
    step: ["adım"], phase: ["aşama"], scenario: ["senaryo", "durum"], option: ["seçenek", "yöntem"],
    rollback: ["geri alma", "geri al", "geri yükle*", "geri dönüş", "acil"],
    generic: ["prosedürü", "adımları", "planı", "alma"],
    optional: ["isteğe bağlı", "gerekirse"], verifying: ["kontrol", "doğrula", "test"], alternative: ["veya", "ya da"],
    expected: ["beklenen"], output: ["çıktı", "sonuç"], commandColumn: ["komut"], automatic: ["otomatik"],
    condition: ["eğer"],
    warning: ["uyarı", "dikkat"], duration: ["süre"], units: [(60, ["dakika"]), (3600, ["saat"])])

  static let indonesian: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["kapan", "pemicu"]), (.before, ["sebelum rollback", "prasyarat", "persiapan"]),
      (.contacts, ["kontak"]),
      (.troubleshooting, ["pemecahan masalah", "masalah umum"]), (.prevention, ["pencegahan"]),
      (.after, ["setelah rollback", "langkah selanjutnya"]), (.verification, ["verifikasi", "validasi"]),
      (.background, ["ringkasan", "pendahuluan", "gambaran umum", "tujuan", "daftar isi"]),
    ],
    step: ["langkah"], phase: ["fase", "tahap"], scenario: ["skenario", "kasus"], option: ["opsi", "metode", "cara"],
    rollback: ["pemulihan", "kembalikan", "mengembalikan", "darurat"], generic: ["prosedur", "langkah", "panduan"],
    optional: ["opsional", "jika perlu", "jika diperlukan"], verifying: ["verifikasi", "cek", "periksa", "uji"],
    alternative: ["atau"],
    imperative: ["jalankan", "buka", "klik", "pilih", "periksa", "hentikan", "mulai", "hubungi", "tunggu"],
    output: ["hasil", "keluaran"],
    commandColumn: ["perintah"], automatic: ["otomatis"], condition: ["jika"], run: ["jalankan"],
    warning: ["peringatan", "perhatian"],
    duration: ["waktu", "durasi"], units: [(1, ["detik"]), (60, ["menit"]), (3600, ["jam"]), (86_400, ["hari"])])

  static let vietnamese: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["khi nào", "điều kiện"]), (.before, ["trước khi", "yêu cầu", "chuẩn bị"]), (.contacts, ["liên hệ"]),
      (.troubleshooting, ["xử lý sự cố", "lỗi thường gặp"]), (.prevention, ["phòng ngừa"]),
      (.after, ["sau khi rollback", "bước tiếp theo"]), (.verification, ["xác minh", "kiểm tra", "xác nhận"]),
      (.background, ["tổng quan", "giới thiệu", "mục lục", "mục đích", "tóm tắt"]),
    ],
    step: ["bước"], phase: ["giai đoạn"], scenario: ["kịch bản", "trường hợp", "tình huống"],
    option: ["cách", "phương án", "lựa chọn"],
    rollback: ["khôi phục", "hoàn tác", "quay lại", "khẩn cấp"], generic: ["quy trình", "các", "hướng", "dẫn"],
    optional: ["tùy chọn", "nếu cần"], verifying: ["kiểm", "xác minh", "xem"], alternative: ["hoặc"],
    imperative: ["chạy", "mở", "nhấn", "chọn", "kiểm", "dừng", "khởi động", "chờ"], output: ["kết quả"],
    commandColumn: ["lệnh"],
    automatic: ["tự động"], condition: ["nếu"], run: ["chạy", "thực hiện"], warning: ["cảnh báo", "lưu ý"],
    duration: ["thời gian"],
    units: [(1, ["giây"]), (60, ["phút"]), (3600, ["giờ"]), (86_400, ["ngày"])])
}
