extension Vocabulary {
  /// Other languages, as far as public runbooks are written in them.
  static let others: [LanguageWords] = [korean, japanese, chinese, spanish, portuguese, german, french]

  private static let korean: LanguageWords = LanguageWords(
    sections: [
      (.forward, ["최신 버전으로 복귀", "재배포 후", "정상화"]), (.triggers, ["롤백 시점", "롤백 조건", "언제", "판단 기준"]),
      (.drill, ["훈련", "롤백 테스트"]), (.quickReference, ["빠른 참조", "명령어 모음"]), (.template, ["템플릿", "보고서"]),
      (.before, ["사전", "롤백 전"]), (.contacts, ["연락처"]), (.troubleshooting, ["트러블슈팅", "문제 해결"]),
      (.prevention, ["베스트 프랙티스", "예방", "주의사항"]), (.after, ["롤백 후", "사후"]), (.verification, ["검증"]),
      (.checklist, ["체크리스트"]), (.background, ["개요", "참고", "플로우", "버전 관리", "요약"]),
      (.estimates, ["소요 시간"]),
    ],
    step: ["단계"], scenario: ["시나리오", "상황"], option: ["방법", "옵션"], rollback: ["롤백", "복구", "복원", "되돌리"],
    generic: ["롤백", "절차", "방법", "가이드"], optional: ["선택", "필요시", "필요 시"], verifying: ["확인", "검증", "테스트"],
    alternative: ["또는"], expected: ["예상", "기대"], run: ["실행"], warning: ["경고", "주의"],
    duration: ["시간"], units: [(1, ["초"]), (60, ["분"]), (3600, ["시간"]), (86_400, ["일"])])

  private static let japanese: LanguageWords = LanguageWords(
    sections: [
      (.forward, ["再デプロイ", "再実施"]), (.triggers, ["判断基準", "ロールバック条件"]), (.drill, ["訓練"]),
      (.template, ["テンプレート", "報告"]), (.before, ["事前", "実施前"]), (.contacts, ["連絡先"]),
      (.troubleshooting, ["トラブルシューティング", "問題"]), (.prevention, ["予防", "ベストプラクティス"]),
      (.after, ["ロールバック後", "事後", "後日"]), (.verification, ["検証"]), (.checklist, ["チェックリスト"]),
      (.background, ["概要", "まとめ", "参考", "目次"]),
    ],
    step: ["手順", "ステップ"], scenario: ["シナリオ", "ケース"], option: ["方法", "レベル", "パターン", "オプション"],
    rollback: ["ロールバック", "切り戻し", "復旧", "復元", "戻す"], generic: ["ロールバック", "手順", "詳細", "書"],
    optional: ["任意", "オプション", "必要に応じて", "必要な場合"], verifying: ["確認", "検証", "テスト"], alternative: ["または", "もしくは"],
    expected: ["期待"], run: ["実行"], warning: ["警告", "注意"],
    duration: ["時間"], units: [(1, ["秒"]), (60, ["分"]), (3600, ["時間"]), (86_400, ["日"])])

  private static let chinese: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["何时回滚", "触发条件", "回滚条件"]), (.drill, ["演练"]), (.quickReference, ["快速参考"]),
      (.template, ["模板"]), (.before, ["回滚前", "前置"]), (.contacts, ["联系"]), (.troubleshooting, ["故障排除", "常见问题"]),
      (.prevention, ["预防", "最佳实践"]), (.after, ["回滚后"]), (.verification, ["验证"]), (.checklist, ["检查清单"]),
      (.background, ["概述", "目录", "总结"]),
    ],
    step: ["步骤"], phase: ["阶段"], scenario: ["场景", "情况"], option: ["方案", "方法", "选项", "方式"],
    rollback: ["回滚", "恢复", "还原", "回退"], generic: ["回滚", "步骤", "流程"], optional: ["可选", "如需"],
    verifying: ["验证", "检查", "测试", "确认"], alternative: ["或者", "或"], expected: ["预期"], run: ["运行", "执行"],
    warning: ["警告", "注意"], duration: ["时间"], units: [(1, ["秒"]), (60, ["分钟"]), (3600, ["小时"]), (86_400, ["天"])])

  private static let spanish: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["cuándo", "cuando hacer", "disparadores"]),
      (.before, ["antes del rollback", "pre rollback", "requisitos"]),
      (.after, ["después del rollback", "post rollback", "siguientes pasos"]), (.verification, ["verific*"]),
      (.troubleshooting, ["problemas comunes", "solución de problemas"]), (.contacts, ["contacto*", "soporte"]),
      (.prevention, ["prevención", "mejores prácticas", "advertencias"]), (.checklist, ["lista de verificación"]),
      (.quickReference, ["referencia rápida", "uso rápido", "ejemplos de uso"]),
      (.background, ["resumen", "introducción", "descripción", "archivos afectados", "notas"]),
    ],
    step: ["paso"], phase: ["fase"], scenario: ["escenario", "caso"], option: ["opción", "método", "alternativa"],
    rollback: ["restaur*", "revertir", "deshacer", "recuper*"],
    generic: ["pasos", "procedimiento", "de", "del", "plan"],
    optional: ["opcional", "si es necesario"], verifying: ["verificar", "comprobar", "probar", "ver"],
    alternative: ["o"],
    expected: ["esperado", "debería"],
    imperative: ["ejecutar", "verificar", "restaurar", "detener", "iniciar", "seleccionar", "abrir"],
    run: ["ejecutar", "ejecuta"], warning: ["advertencia", "cuidado"], severity: ["severidad"], action: ["acción"],
    duration: ["tiempo", "duración"], units: [(60, ["minuto", "minutos"]), (3600, ["hora", "horas"])])

  private static let portuguese: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["quando", "gatilhos", "critérios de negócio"]),
      (.before, ["antes do rollback", "pré rollback", "pré requisitos"]),
      (.after, ["após o rollback", "pós rollback", "próximos passos"]), (.verification, ["verificação", "validação"]),
      (.troubleshooting, ["problemas comuns", "solução de problemas"]), (.contacts, ["contato*", "suporte"]),
      (.prevention, ["prevenção", "boas práticas"]), (.checklist, ["lista de verificação"]),
      (.background, ["resumo", "objetivo", "visão geral", "conclusão", "metadados"]),
    ],
    step: ["passo", "etapa"], phase: ["fase"], scenario: ["cenário", "caso"], option: ["opção", "método"],
    rollback: ["reverter", "restaur*", "recupera*", "desfazer"], generic: ["procedimento", "passos", "do", "de"],
    optional: ["opcional", "se necessário"], verifying: ["verificar", "testar", "validar", "checar"],
    alternative: ["ou"],
    expected: ["esperado", "deve"],
    imperative: ["executar", "verificar", "restaurar", "parar", "iniciar", "reiniciar"],
    run: ["executar", "execute"], warning: ["atenção", "aviso", "cuidado"], action: ["ação"],
    duration: ["tempo", "duração"], units: [(60, ["minuto", "minutos"]), (3600, ["hora", "horas"])])

  private static let german: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["wann", "auslöser"]), (.before, ["vor dem rollback", "voraussetzungen", "vorbereitung"]),
      (.after, ["nach dem rollback", "nächste schritte"]),
      (.verification, ["überprüfung", "verifizierung", "prüfung"]),
      (.troubleshooting, ["fehlerbehebung", "häufige probleme"]), (.contacts, ["kontakt*", "ansprechpartner"]),
      (.prevention, ["vorbeugung", "prävention"]),
      (.background, ["überblick", "übersicht", "zusammenfassung", "einleitung"]),
    ],
    step: ["schritt"], phase: ["phase"], scenario: ["szenario", "fall"], option: ["variante", "methode"],
    rollback: ["zurücksetzen", "wiederherstell*", "rückgängig"],
    generic: ["schritte", "verfahren", "ablauf", "anleitung"],
    optional: ["falls nötig", "bei bedarf"], verifying: ["prüfen", "testen", "überprüfen"], alternative: ["oder"],
    expected: ["erwartet*"], imperative: ["ausführen", "prüfen", "starten", "stoppen"], run: ["ausführen"],
    warning: ["warnung", "achtung"], duration: ["dauer", "zeit"],
    units: [(60, ["minuten"]), (3600, ["stunde", "stunden"])])

  private static let french: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["quand", "déclencheurs"]), (.before, ["avant le rollback", "prérequis", "avant"]),
      (.after, ["après le rollback", "après rollback", "prochaines étapes"]), (.verification, ["vérif*"]),
      (.troubleshooting, ["dépannage", "problèmes courants"]), (.contacts, ["contact*"]),
      (.prevention, ["prévention", "bonnes pratiques"]),
      (.background, ["aperçu", "résumé", "introduction", "vue d ensemble"]),
    ],
    step: ["étape"], phase: ["phase"], scenario: ["scénario", "cas"], option: ["méthode"],
    rollback: ["restaur*", "revenir", "annuler", "retour arrière"], generic: ["étapes", "procédure", "de", "du"],
    optional: ["facultatif", "si nécessaire", "optionnel"], verifying: ["vérifier", "tester", "contrôler"],
    alternative: ["ou"],
    expected: ["attendu"], imperative: ["exécuter", "vérifier", "restaurer", "arrêter", "démarrer"],
    run: ["exécuter", "lancer"],
    warning: ["attention", "avertissement"], duration: ["durée", "temps"],
    units: [(60, ["minute", "minutes"]), (3600, ["heure", "heures"])])
}
