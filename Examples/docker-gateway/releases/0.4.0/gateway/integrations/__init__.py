from . import pagerduty, slack

HANDLERS = {"slack": slack.handle, "pagerduty": pagerduty.handle}
