'''The contract suite: whether a server keeps what openapi.yaml says, rule by rule.

    from contracts import Options, Target, check_contract, standing_in

    with standing_in() as target:                       # or Target(base_url, api_key, second_key, …)
        result = check_contract(target, Options(profile="quick"))
    for verdict in result.verdicts:
        print(verdict.rule, verdict.outcome, verdict.reason)

`check_contract` may be called any number of times in one process; generated cases are kept. Without
`Options.strict` a difference in something `x-undocumented` breaks a rule on the mock and warns elsewhere.

A hand-written rule is a function in a module of `contracts/rules/`, found by itself:

    @rule("campaigns.update.partial", source="guide:newer", operations=["updateCampaign"])
    def keep_other_fields(api: Api) -> None:
        """A field that is not sent keeps its value."""
        campaign_id = api.create_campaign(daily_limit_per_inbox=30)["campaign_id"]
        api.update_campaign(campaign_id, enable_tracking=True).succeeds()
        found = api.read("getCampaign", campaign_id=campaign_id)
        api.judge.compare(found["daily_limit_per_inbox"], 30, "daily_limit_per_inbox")
        reply = api.update_campaign(campaign_id, name="short")
        reply.violates(reply.violation("name", "minLength", "short"))
        api.update_campaign(campaign_id, sending_window_end=1).fails("window_order")

* The id begins with the resource as the paths name it, or with `auth`, `errors`, `limits`.
* `source` says who says so; `"undocumented"` makes every difference a warning on a real server.
* `needs` names what the rule cannot do without, from `contracts.registry.NEEDS`: `second_key`,
  `limited_key`, `revoked_key`, `tag`, `launch`, `send`, `wrong_key_probes`, `incoming_events`, `mock`.
  Anything that launches or activates needs `launch`; a request that no real server should get needs `mock`.
* `profile="full"` keeps a slow rule out of the quick profile.
* A value for an id is made when a request needs one, by the first operation that answers with such an
  id; where that is not plain, openapi.yaml says it by a link, and by `x-presumes` what state it is in.
* `api` makes live, marked, self-removing resources and sends requests (see `contracts.api.api.Api`);
  a reply requires (`succeeds`, `fails`, `violates`, see `contracts.api.reply.Reply`); `api.judge` weighs
  everything else (`require`, `compare`, `fail`, and `warn`, which goes on after a mere warning). Say
  `documented=False` where a requirement rests on something that no source says.
* Raise `UncheckedError` with the reason where a rule turns out not to be checkable here.
* Not to be written by hand, because openapi.yaml makes them: per operation, missing, wrong and revoked
  keys, missing scopes, malformed and unknown ids, another workspace's ids; per field, required, types,
  nulls, bounds, enums, formats, uniqueness, defaults, and values read back as sent; request examples.
* Every answer of a run is looked at besides (status, media type, body, headers, secrets); a rule need
  not repeat that.
'''

from .options import Options, Target
from .run import Run, check_contract
from .stand_in import standing_in
from .verdict.outcomes import CannotRunError, Exchange, Outcome, Result, Verdict

__all__ = [
    "CannotRunError",
    "Exchange",
    "Options",
    "Outcome",
    "Result",
    "Run",
    "Target",
    "Verdict",
    "check_contract",
    "standing_in",
]
