// BackoutTestKit
