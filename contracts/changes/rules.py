"""The kinds of changes: their ids, and which of them break clients."""

from dataclasses import dataclass

BREAKING = {
    "operation.removed": "An operation is no more",
    "scope.added": "A call needs another scope",
    "parameter.removed": "A parameter is no more",
    "parameter.made_required": "A parameter has to be sent",
    "request.body_required": "A body has to be sent",
    "request.field_removed": "A field of a request is no more",
    "request.made_required": "A field of a request has to be sent",
    "request.type_narrowed": "A request may have fewer types of values",
    "request.enum_value_removed": "A request may have fewer values",
    "request.limit_tightened": "A limit of a request is tighter",
    "request.pattern_changed": "A request has to have another form",
    "request.default_changed": "What is not sent means something else",
    "request.schema_changed": "A request has other conditions",
    "request.media_type_changed": "A request is of another media type",
    "answer.field_removed": "A field of an answer is no more",
    "answer.made_optional": "A field of an answer may be missing",
    "answer.type_widened": "An answer may have more types of values",
    "answer.enum_value_added": "An answer may have more values",
    "answer.limit_loosened": "A limit of an answer is wider",
    "answer.pattern_changed": "An answer has another form",
    "answer.schema_changed": "An answer has other conditions",
    "answer.media_type_changed": "An answer is of another media type",
    "answer.header_removed": "A header of an answer is no more",
    "status.success_removed": "A success has another status",
    "error.removed": "A documented error is no more",
    "error.changed": "A documented error has another body",
}
"""Id of a change → what it is; such a change breaks clients that keep the older contract."""

COMPATIBLE = {
    "operation.added": "An operation is new",
    "operation.deprecated": "An operation is deprecated",
    "scope.removed": "A call needs fewer scopes",
    "parameter.added": "A parameter is new",
    "parameter.made_optional": "A parameter may be left out",
    "request.body_optional": "A body may be left out",
    "request.field_added": "A field of a request is new",
    "request.made_optional": "A field of a request may be left out",
    "request.type_widened": "A request may have more types of values",
    "request.enum_value_added": "A request may have more values",
    "request.limit_loosened": "A limit of a request is wider",
    "answer.field_added": "A field of an answer is new",
    "answer.made_required": "A field of an answer is always there",
    "answer.type_narrowed": "An answer has fewer types of values",
    "answer.enum_value_removed": "An answer has fewer values",
    "answer.limit_tightened": "A limit of an answer is tighter",
    "answer.header_added": "A header of an answer is new",
    "status.success_added": "A success may have another status, too",
    "status.added": "A call may be refused with another status",
    "status.removed": "A call is not refused with a status any more",
    "error.added": "A documented error is new",
}
"""As BREAKING, for changes that break nobody."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that the newer contract says otherwise."""

    rule: str
    """An id of BREAKING or COMPATIBLE."""
    where: str
    """The method and path of the operation."""
    message: str

    @property
    def is_breaking(self) -> bool:
        """Whether it breaks clients that keep the older contract."""
        return self.rule in BREAKING

    @property
    def summary(self) -> str:
        """What such a change is."""
        return BREAKING.get(self.rule) or COMPATIBLE[self.rule]
