"""Functions and queues by the names they have in their account, and what AWS measures of each."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch


@dataclass(frozen=True)
class Watched:
    """What a stage's service stack has made: names of functions, of work queues and of dead-letter queues' work."""

    stage: str
    functions: tuple[str, ...]
    work: tuple[str, ...]
    dead: tuple[str, ...]

    def function(self, name: str, metric: str, period: Duration, statistic: str = "Sum") -> cloudwatch.Metric:
        """A measure of AWS Lambda."""
        return self._metric("AWS/Lambda", metric, {"FunctionName": f"emdia-{self.stage}-{name}"}, period, statistic)

    def age(self, name: str, period: Duration) -> cloudwatch.Metric:
        """Seconds for which the oldest message of a work queue has waited."""
        return self._queue(name, "ApproximateAgeOfOldestMessage", period)

    def dead_letters(self, name: str, period: Duration) -> cloudwatch.Metric:
        """Messages of `name` that failed for good."""
        return self._queue(f"{name}-dead", "ApproximateNumberOfMessagesVisible", period)

    def _queue(self, queue: str, metric: str, period: Duration) -> cloudwatch.Metric:
        return self._metric("AWS/SQS", metric, {"QueueName": f"emdia-{self.stage}-{queue}"}, period, "Maximum")

    @staticmethod
    def _metric(
        namespace: str, name: str, dimensions: dict[str, str], period: Duration, statistic: str
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map=dimensions,
            period=period,
            statistic=statistic,
        )
