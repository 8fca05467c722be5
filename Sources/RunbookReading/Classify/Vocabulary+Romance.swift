extension Vocabulary {
  static let spanish: LanguageWords = LanguageWords(
    sections: [
      (.forward, ["volver a desplegar", "redespliegue", "nuevo despliegue", "después de corregir"]),
      (.triggers, ["cuándo", "cuando hacer", "disparadores", "criterios para", "criterios de", "condiciones de"]),
      (.drill, ["simulacro*", "pruebas de rollback", "ensayo*"]),
      (.quickReference, ["referencia rápida", "comandos útiles", "ejemplos de uso", "comandos rápidos"]),
      (.template, ["plantilla*", "comunicación", "comunicaciones", "informe de", "registro de"]),
      (.decision, ["matriz de decisión", "decisión", "severidad", "autorización"]),
      (
        .before,
        ["antes del rollback", "pre rollback", "requisitos", "prerrequisitos", "antes de empezar", "preparación"]
      ),
      (.estimates, ["tiempo estimado", "tiempos estimados", "tiempos de recuperación", "duración"]),
      (.contacts, ["contacto*", "soporte", "escalamiento", "escalación", "responsables"]),
      (.criteria, ["criterios de éxito", "criterios de aceptación"]),
      (.backupAdvice, ["estrategia de backup", "política de respaldo", "copias de seguridad"]),
      (
        .troubleshooting,
        ["problemas comunes", "solución de problemas", "si el rollback falla", "preguntas frecuentes"]
      ),
      (
        .prevention,
        ["prevención", "mejores prácticas", "buenas prácticas", "advertencias", "lecciones", "recomendaciones"]
      ),
      (.after, ["después del rollback", "post rollback", "siguientes pasos", "próximos pasos", "seguimiento"]),
      (.verification, ["verific*", "validación", "comprobación", "comprobaciones", "pruebas de humo"]),
      (.checklist, ["lista de verificación", "lista de control"]), (.symptoms, ["síntoma*"]),
      (
        .background,
        [
          "resumen", "introducción", "descripción", "archivos afectados", "notas", "objetivo", "alcance", "índice",
          "historial", "referencias", "glosario", "anexo*",
        ]
      ),
    ],
    step: ["paso", "etapa"], phase: ["fase"], scenario: ["escenario", "caso"],
    option: ["opción", "método", "alternativa", "nivel", "tipo"],
    rollback: ["restaur*", "revertir", "reversión", "deshacer", "recuper*", "emergencia", "volver"],
    generic: ["pasos", "paso", "procedimiento", "procedimientos", "de", "del", "plan", "la", "el"],
    optional: ["opcional", "si es necesario", "si aplica", "si procede"],
    verifying: [
      "verificar", "comprobar", "probar", "ver", "revisar", "monitorear", "validar", "confirmar", "verifica",
      "comprueba", "revisa",
    ],
    alternative: ["o", "o bien", "alternativamente"],
    expected: ["esperado", "debería", "resultado esperado", "salida esperada"],
    imperative: [
      "ejecutar", "verificar", "restaurar", "detener", "iniciar", "seleccionar", "abrir", "acceder", "ir", "hacer",
      "entrar",
      "cambiar", "editar", "notificar", "confirmar", "esperar", "reiniciar", "comprobar", "revisar", "desactivar",
      "activar",
      "eliminar", "copiar", "ejecuta", "abre", "selecciona", "cambia", "reinicia", "contactar", "informar", "pulsar",
      "identificar", "desplegar", "revertir", "comunicar",
    ],
    watching: ["observar", "identificar"], validating: ["validación", "verificación"],
    fixForward: ["corregir", "arreglar", "desplegar la corrección"],
    output: ["salida", "resultado", "respuesta"], commandColumn: ["comando*"],
    automatic: ["automático", "automática", "automatizado"],
    via: ["vía", "usando", "mediante"], separate: ["escenarios", "tipos", "niveles"],
    alternatives: ["opciones", "métodos", "estrategias"],
    condition: ["si"], forbid: ["no ejecutar", "nunca", "evitar"],
    recoveryTime: ["tiempo estimado", "tiempo", "duración"],
    issueLabel: ["síntoma*", "problema", "situación", "cuándo usar"],
    partial: ["parcial", "solo"], run: ["ejecutar", "ejecuta", "usar"],
    warning: ["advertencia", "cuidado", "atención", "peligro"],
    severity: ["severidad", "gravedad"], action: ["acción", "acciones"], role: ["rol", "responsable", "nombre"],
    duration: ["tiempo", "duración"],
    units: [(60, ["minuto", "minutos"]), (3600, ["hora", "horas"]), (86_400, ["día", "días"])])

  static let portuguese: LanguageWords = LanguageWords(
    sections: [
      (.forward, ["novo deploy", "redeploy após", "reimplantação", "após a correção"]),
      (.triggers, ["quando", "gatilhos", "critérios de negócio", "critérios para", "indicadores"]),
      (.drill, ["simulação", "simulado*", "testes de rollback", "teste de rollback", "treinamento"]),
      (.quickReference, ["referência rápida", "comandos úteis", "comandos rápidos"]),
      (
        .template,
        [
          "modelo de", "comunicação", "relatório", "log de rollbacks", "logs de rollback", "registro de",
          "documentação",
        ]
      ),
      (.decision, ["matriz de decisão", "decisão", "severidade", "autorização"]),
      (
        .before,
        ["antes do rollback", "pré rollback", "pré requisitos", "antes de começar", "preparação", "pre requisitos"]
      ),
      (.estimates, ["tempo estimado", "tempos estimados", "tempo de recuperação"]),
      (.contacts, ["contato*", "suporte", "escalonamento", "responsáveis"]),
      (.criteria, ["critérios de sucesso", "critérios de aceitação"]),
      (.backupAdvice, ["estratégia de backup", "política de backup", "rotina de backup"]),
      (.troubleshooting, ["problemas comuns", "solução de problemas", "se o rollback falhar", "perguntas frequentes"]),
      (.prevention, ["prevenção", "boas práticas", "melhores práticas", "lições aprendidas", "recomendações"]),
      (.after, ["após o rollback", "pós rollback", "próximos passos", "depois do rollback", "acompanhamento"]),
      (
        .verification,
        ["verificação", "validação", "verificar", "verificações", "testes de fumaça", "monitoramento pós"]
      ),
      (.checklist, ["lista de verificação"]), (.symptoms, ["sintoma*"]),
      (
        .background,
        [
          "resumo", "objetivo", "visão geral", "conclusão", "metadados", "introdução", "índice", "sumário", "histórico",
          "referências", "escopo",
        ]
      ),
    ],
    step: ["passo", "etapa"], phase: ["fase"], scenario: ["cenário", "caso"],
    option: ["opção", "método", "alternativa", "nível", "tipo"],
    rollback: ["reverter", "reversão", "restaur*", "recupera*", "desfazer", "emergência", "emergencial", "voltar"],
    generic: ["procedimento", "procedimentos", "passos", "do", "de", "plano", "guia", "da"],
    optional: ["opcional", "se necessário", "se aplicável"],
    verifying: [
      "verificar", "testar", "validar", "checar", "monitorar", "confirmar", "listar", "identificar", "verifique",
      "confirme", "monitore", "teste",
    ],
    alternative: ["ou", "alternativamente"], expected: ["esperado", "deve", "resultado esperado", "saída esperada"],
    imperative: [
      "executar", "verificar", "restaurar", "parar", "iniciar", "reiniciar", "acesse", "acessar", "selecione",
      "selecionar",
      "clique", "clicar", "encontre", "encontrar", "confirme", "confirmar", "vá", "restaure", "contatar", "contate",
      "promover",
      "promova", "abrir", "abra", "identificar", "identifique", "notificar", "notifique", "aguarde", "aguardar",
      "execute",
      "altere", "alterar", "edite", "editar", "desative", "desativar", "remova", "remover", "reverta", "reverter",
      "faça", "fazer",
      "copie", "copiar", "entre", "entrar", "comunique", "comunicar", "atualizar", "atualize",
    ],
    watching: ["observar", "observe"], validating: ["validação", "verificação"],
    fixForward: ["corrigir", "corrija", "aplicar a correção"],
    output: ["saída", "resultado", "exemplo de output", "resposta"], commandColumn: ["comando*"],
    automatic: ["automático", "automática", "automatizado"], via: ["via", "usando", "através"],
    separate: ["cenários", "tipos", "níveis"], alternatives: ["opções", "métodos", "estratégias"],
    condition: ["se", "caso"],
    forbid: ["não execute", "nunca", "evite"], recoveryTime: ["tempo estimado", "tempo", "duração"],
    issueLabel: ["sintoma*", "problema", "situação", "quando usar"], partial: ["parcial", "apenas", "somente"],
    run: ["executar", "execute", "rodar", "rode", "use"], warning: ["atenção", "aviso", "cuidado", "perigo"],
    severity: ["severidade", "gravidade"], action: ["ação", "ações"], role: ["papel", "responsável", "nome"],
    duration: ["tempo", "duração"],
    units: [(60, ["minuto", "minutos"]), (3600, ["hora", "horas"]), (86_400, ["dia", "dias"])])

  static let french: LanguageWords = LanguageWords(
    sections: [
      (.forward, ["redéploiement", "redéployer après", "après correction"]),
      (.triggers, ["quand", "déclencheurs", "critères de", "conditions de"]),
      (.drill, ["exercice*", "test de rollback", "répétition"]),
      (.quickReference, ["référence rapide", "commandes utiles", "aide mémoire"]),
      (.template, ["modèle*", "communication", "rapport"]),
      (.decision, ["matrice de décision", "décision", "gravité"]),
      (.before, ["avant le rollback", "prérequis", "avant", "pré rollback", "préparation"]),
      (.estimates, ["temps estimé", "durée estimée", "durées"]), (.contacts, ["contact*", "escalade", "responsables"]),
      (.criteria, ["critères de succès", "critères de réussite"]),
      (.backupAdvice, ["stratégie de sauvegarde", "politique de sauvegarde"]),
      (.troubleshooting, ["dépannage", "problèmes courants", "problèmes fréquents", "en cas d échec"]),
      (.prevention, ["prévention", "bonnes pratiques", "recommandations"]),
      (.after, ["après le rollback", "après rollback", "prochaines étapes", "post rollback", "suivi"]),
      (.verification, ["vérif*", "validation", "contrôles"]), (.checklist, ["liste de contrôle"]),
      (.symptoms, ["symptôme*"]),
      (
        .background,
        [
          "aperçu", "résumé", "introduction", "vue d ensemble", "sommaire", "objectif", "contexte", "références",
          "historique",
        ]
      ),
    ],
    step: ["étape"], phase: ["phase"], scenario: ["scénario", "cas"], option: ["méthode", "niveau"],
    rollback: ["restaur*", "revenir", "annuler", "retour arrière", "urgence", "récupération", "restauration"],
    generic: ["étapes", "procédure", "procédures", "de", "du", "plan", "la", "le"],
    optional: ["facultatif", "si nécessaire", "optionnel"],
    verifying: ["vérifier", "tester", "contrôler", "vérifiez", "valider", "confirmer", "surveiller"],
    alternative: ["ou", "ou bien"],
    expected: ["attendu", "résultat attendu", "devrait"],
    imperative: [
      "exécuter", "vérifier", "restaurer", "arrêter", "démarrer", "ouvrir", "ouvrez", "cliquer", "cliquez",
      "sélectionner",
      "sélectionnez", "aller", "allez", "attendre", "prévenir", "modifier", "redémarrer", "redémarrez", "exécutez",
      "contacter",
      "notifier", "identifier", "confirmer", "désactiver", "se connecter",
    ],
    fixForward: ["corriger"], output: ["sortie", "résultat", "réponse"], commandColumn: ["commande*"],
    automatic: ["automatique", "automatisé"], via: ["via"], separate: ["scénarios", "types", "niveaux"],
    alternatives: ["options", "méthodes", "stratégies"], condition: ["si"], forbid: ["ne pas", "jamais"],
    recoveryTime: ["temps estimé", "durée", "durée estimée"], issueLabel: ["symptôme*", "problème", "situation"],
    partial: ["partiel*"],
    run: ["exécuter", "lancer", "exécutez", "lancez", "utiliser"], warning: ["attention", "avertissement", "danger"],
    severity: ["gravité"], action: ["action*"], role: ["rôle", "responsable", "nom"], duration: ["durée", "temps"],
    units: [(60, ["minute", "minutes"]), (3600, ["heure", "heures"]), (86_400, ["jour", "jours"])])

  static let italian: LanguageWords = LanguageWords(
    sections: [
      (.triggers, ["quando", "criteri"]), (.drill, ["esercitazione", "test di rollback"]),
      (.template, ["modello", "comunicazione*"]),
      (.before, ["prima del rollback", "prerequisiti", "preparazione"]), (.contacts, ["contatti"]),
      (.troubleshooting, ["risoluzione dei problemi", "problemi comuni"]),
      (.prevention, ["prevenzione", "buone pratiche"]),
      (.after, ["dopo il rollback", "prossimi passi", "post rollback"]),
      (.verification, ["verifica", "verifiche", "validazione"]),
      (.background, ["panoramica", "riepilogo", "introduzione", "indice", "obiettivo"]),
    ],
    step: ["passo", "passaggio"], phase: ["fase"], scenario: ["scenario", "caso"], option: ["opzione", "metodo"],
    rollback: ["ripristin*", "annullare", "tornare"], generic: ["procedura", "passi", "di", "del", "piano"],
    optional: ["opzionale", "se necessario"], verifying: ["verificare", "controllare", "testare"],
    alternative: ["oppure"],
    expected: ["atteso", "previsto"],
    imperative: ["eseguire", "verificare", "aprire", "selezionare", "riavviare", "arrestare", "cliccare"],
    output: ["risultato", "uscita"], commandColumn: ["comando"], automatic: ["automatico"], condition: ["se"],
    run: ["eseguire", "esegui"], warning: ["attenzione", "avviso"], duration: ["tempo", "durata"],
    units: [(60, ["minuto", "minuti"]), (3600, ["ora", "ore"])])
}
