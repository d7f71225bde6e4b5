"""Names that Temporal knows us by; built here only."""

from temporalio.common import SearchAttributeKey

KIND = SearchAttributeKey.for_keyword("PodiumKind")
AUTOMATION = SearchAttributeKey.for_keyword("PodiumAutomation")
PRIMITIVE = SearchAttributeKey.for_keyword("PodiumPrimitive")
ROOT_RUN = SearchAttributeKey.for_keyword("PodiumRootRun")

SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[str], ...] = (KIND, AUTOMATION, PRIMITIVE, ROOT_RUN)
