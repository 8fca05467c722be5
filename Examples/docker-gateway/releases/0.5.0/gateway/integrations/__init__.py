from . import github_actions, pagerduty, slack

HANDLERS = {"slack": slack.handle, "pagerduty": pagerduty.handle, "github_actions": github_actions.handle}
