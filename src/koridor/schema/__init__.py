"""The only place where a field is declared; dtypes, checks, JSON schema and the reference page follow from it."""

from koridor.schema.check import check
from koridor.schema.derive import dtypes, empty, json_schema, reference_page
from koridor.schema.fields import Field, Kind, Table
from koridor.schema.tables import TABLES

__all__ = ["TABLES", "Field", "Kind", "Table", "check", "dtypes", "empty", "json_schema", "reference_page"]
