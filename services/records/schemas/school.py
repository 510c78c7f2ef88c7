"""What school systems read and decide (`/school/v1`, records)."""

import marshmallow as ma

from shared.document_shapes import Out


class ReleaseOut(Out):
    """Entries that are published together."""

    code = ma.fields.String()
    is_published = ma.fields.Boolean()
    available_at = ma.fields.AwareDateTime(metadata={"description": "From when parents see them; null: not published."})
