"""The stage's one dashboard: is it working, is it late, is it lawful, is it sealed."""

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.names import Watched
from infra.stages import REGION, Stage

PERIOD = Duration.minutes(15)  # the ladder's own tick
DAY = Duration.days(1)  # what a team's goal is counted in
_WIDTH, _HEIGHT = 12, 6


class Dashboard(Construct):
    """`emdia-<stage>`: two columns, the question of each graph as its title. Personal data is in no metric."""

    def __init__(self, scope: Construct, stage: Stage, watched: Watched) -> None:
        super().__init__(scope, "Dashboard")
        self._stage = stage.name
        board = cloudwatch.Dashboard(self, "Board", dashboard_name=f"emdia-{self._stage}")
        board.add_widgets(
            self._graph("Work due: cases the ladder found", self._counted("CasesDue")),
            self._graph(
                "Age: oldest message of each queue, seconds",
                *(watched.age(name, PERIOD).with_(label=name) for name in watched.work),
            ),
        )
        board.add_widgets(
            self._graph("Sent, by channel and outcome", self._split("Sent")),
            self._graph("Refused, by rule (docs/law.md)", self._split("OutreachSetAside"), self._split("StepDecided")),
        )
        board.add_widgets(
            self._graph(
                "Dead letters, messages",
                *(watched.dead_letters(name, PERIOD).with_(label=name) for name in watched.dead),
            ),
            self._graph("Sealing lag, milliseconds", watched.function("seal_audit", "IteratorAge", PERIOD, "Maximum")),
        )
        board.add_widgets(
            self._graph("ERP events: accepted, refused, parked", *map(self._counted, _OF_THE_ERP)),
            self._graph("Waits for a person", *map(self._counted, _FOR_A_PERSON)),
        )
        board.add_widgets(
            self._graph("Attendances: opened, answered", *map(self._counted, ("ProtocolOpened", "ProtocolAnswered"))),
            self._graph("Attendances: terms told, nearly late, late", *map(self._counted, _OF_TERMS)),
        )
        board.add_widgets(
            self._graph("People asked for, reached within the target or later", self._split("HumanReached")),
            self._graph("Replies heard, by channel", self._split("ReplyHeard")),
        )
        board.add_widgets(
            self._graph(
                "Function errors",
                *(watched.function(name, "Errors", PERIOD).with_(label=name) for name in watched.functions),
            ),
            self._graph("From claim to call, milliseconds", self._counted("ClaimToCallMs", "Maximum")),
        )
        board.add_widgets(
            self._graph("Money in a day, by operator and who told, centavos", self._split("CentavosReceived", DAY)),
            self._graph("Money that went back in a day, centavos", self._split("CentavosReturned", DAY)),
        )
        CfnOutput(self, "DashboardName", value=board.dashboard_name)

    def _graph(self, title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=title,
            left=list(metrics),
            width=_WIDTH,
            height=_HEIGHT,
            period=PERIOD,
            region=REGION,
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        )

    def _counted(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="EmDia",
            metric_name=name,
            dimensions_map={"stage": self._stage},
            period=PERIOD,
            statistic=statistic,
        )

    def _split(self, name: str, period: Duration = PERIOD) -> cloudwatch.MathExpression:
        """One line for each set of dimensions that functions count `name` by, those to come included."""
        asked = f'Namespace="EmDia" MetricName="{name}" stage="{self._stage}" function'
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{asked}', 'Sum', {period.to_seconds()})", label="", period=period
        )


_OF_THE_ERP = ("EventAccepted", "EventRefused", "EventParked")
_OF_TERMS = ("ProtocolWarned", "ProtocolNearlyLate", "ProtocolLate")
_FOR_A_PERSON = ("CaseParked", "CaseRepaired", "OutreachUnknown", "SenderBroken", "ClockStuck")
