"""The web ACL in front of the API `public`: known bad requests and addresses, too many from one or of one link."""

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.stages import REGION, Stage

# Requests of one address in five minutes. A person follows a link or two; an ERP sends its whole night from
# one, and a call centre asks for two hundred numbers a second.
OF_A_PERSON = 300
OF_A_SYSTEM = 75_000
# Of one link to pay, whoever asks: its page asks a bank. People look twice, a mail scanner once more.
OF_A_LINK = 60
LINKS = "/p/"
SYSTEMS = ("/v1/erp/", "/v1/protocols")
# Rules that read bodies. A body is an ERP's events, signed and validated by the door, up to hundreds of kilobytes, and
# free text in it (a street called "Select") is nobody's attack. They are counted, not blocked.
OF_BODIES = (
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "EC2MetaDataSSRF_BODY",
)
_Acl = waf.CfnWebACL
_LATER = "later"
# What a person reads who is stopped here: without a style, for nothing else may be asked of anybody.
_WAIT = (
    '<!doctype html><html lang="pt-BR"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Espere um pouco</title>'
    "<h1>Espere um pouco</h1><p>Foram muitas visitas em pouco tempo. Espere cinco minutos e abra o link outra vez.</p>"
)


class Wall(Construct):
    """The web ACL of the stage and its association with the API's stage."""

    def __init__(self, scope: Construct, stage: Stage, api: apigateway.Stage) -> None:
        super().__init__(scope, "Wall")
        self._stage = stage
        acl = _Acl(
            self,
            "Acl",
            name=f"emdia-{stage.name}-public",
            description=f"Em Dia {stage.name}: in front of the API public",
            scope="REGIONAL",
            default_action=_Acl.DefaultActionProperty(allow={}),
            visibility_config=self._seen("acl"),
            custom_response_bodies={
                _LATER: _Acl.CustomResponseBodyProperty(content=_WAIT, content_type="TEXT_HTML"),
            },
            rules=[
                self._rated(0, "too-many-of-a-person", OF_A_PERSON, elsewhere=True),
                self._rated(1, "too-many-of-a-system", OF_A_SYSTEM, elsewhere=False),
                self._link_rated(2),
                self._managed(3, "AWSManagedRulesAmazonIpReputationList"),
                self._managed(4, "AWSManagedRulesKnownBadInputsRuleSet"),
                self._managed(5, "AWSManagedRulesCommonRuleSet", counted=OF_BODIES),
            ],
        )
        arn = f"arn:{Stack.of(self).partition}:apigateway:{REGION}::/restapis/{api.rest_api.rest_api_id}"
        association = waf.CfnWebACLAssociation(
            self, "Public", resource_arn=f"{arn}/stages/{api.stage_name}", web_acl_arn=acl.attr_arn
        )
        association.node.add_dependency(api)

    def _seen(self, name: str) -> _Acl.VisibilityConfigProperty:
        # No sampled requests: they show paths, and a path may hold a person's token.
        return _Acl.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True,
            metric_name=f"emdia-{self._stage.name}-{name}",
            sampled_requests_enabled=False,
        )

    def _rated(self, priority: int, name: str, limit: int, *, elsewhere: bool) -> _Acl.RuleProperty:
        """Block an address after `limit` requests in five minutes to systems' doors, or to all doors `elsewhere`."""
        paths = [_below(path) for path in SYSTEMS]
        systems = _Acl.StatementProperty(or_statement=_Acl.OrStatementProperty(statements=paths))
        if elsewhere:
            systems = _Acl.StatementProperty(not_statement=_Acl.NotStatementProperty(statement=systems))
        return _Acl.RuleProperty(
            name=name,
            priority=priority,
            action=_stopped() if elsewhere else _Acl.RuleActionProperty(block={}),
            statement=_Acl.StatementProperty(
                rate_based_statement=_Acl.RateBasedStatementProperty(
                    limit=limit, aggregate_key_type="IP", scope_down_statement=systems
                )
            ),
            visibility_config=self._seen(name),
        )

    def _link_rated(self, priority: int) -> _Acl.RuleProperty:
        """Block a link after OF_A_LINK requests in five minutes, from however many addresses they come."""
        name = "too-many-of-a-link"
        link = _Acl.RateBasedStatementCustomKeyProperty(
            uri_path=_Acl.RateLimitUriPathProperty(
                text_transformations=[_Acl.TextTransformationProperty(priority=0, type="URL_DECODE")]
            )
        )
        return _Acl.RuleProperty(
            name=name,
            priority=priority,
            action=_stopped(),
            statement=_Acl.StatementProperty(
                rate_based_statement=_Acl.RateBasedStatementProperty(
                    limit=OF_A_LINK,
                    aggregate_key_type="CUSTOM_KEYS",
                    custom_keys=[link],
                    scope_down_statement=_below(LINKS),
                )
            ),
            visibility_config=self._seen(name),
        )

    def _managed(self, priority: int, name: str, counted: tuple[str, ...] = ()) -> _Acl.RuleProperty:
        return _Acl.RuleProperty(
            name=name,
            priority=priority,
            override_action=_Acl.OverrideActionProperty(none={}),
            statement=_Acl.StatementProperty(
                managed_rule_group_statement=_Acl.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS",
                    name=name,
                    rule_action_overrides=[
                        _Acl.RuleActionOverrideProperty(name=rule, action_to_use=_Acl.RuleActionProperty(count={}))
                        for rule in counted
                    ]
                    or None,
                )
            ),
            visibility_config=self._seen(name),
        )


def _below(path: str) -> _Acl.StatementProperty:
    """Requests whose path contains `path`."""
    return _Acl.StatementProperty(
        byte_match_statement=_Acl.ByteMatchStatementProperty(
            search_string=path,
            field_to_match=_Acl.FieldToMatchProperty(uri_path={}),
            positional_constraint="CONTAINS",
            text_transformations=[_Acl.TextTransformationProperty(priority=0, type="URL_DECODE")],
        )
    )


def _stopped() -> _Acl.RuleActionProperty:
    """Refuse with words for people."""
    return _Acl.RuleActionProperty(
        block=_Acl.BlockActionProperty(
            custom_response=_Acl.CustomResponseProperty(response_code=429, custom_response_body_key=_LATER)
        )
    )
