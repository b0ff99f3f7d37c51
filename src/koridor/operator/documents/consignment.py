"""The one data set of a consignment, from which every paper is rendered.

It follows the shape of UN/CEFACT's multimodal transport reference model (consignment, trade parties, transport
movements, equipment, consignment items, referenced documents), with the identifiers of the corridor. Masses are whole
kilograms; dates are dates, and moments have an offset. Names may stand in Latin letters and, where a paper is filled in
Russian, beside it in Cyrillic (`*_ru`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Mode(StrEnum):
    """How a leg moves."""

    RAIL = "rail"
    ROAD = "road"
    SEA = "sea"


class Note(StrEnum):
    """The contract of carriage of a leg."""

    SMGS = "SMGS"
    CIM = "CIM"
    CIM_SMGS = "CIM/SMGS"
    CMR = "CMR"
    BILL_OF_LADING = "B/L"


class Side(StrEnum):
    """Who provides or loads."""

    CONSIGNOR = "consignor"
    CARRIER = "carrier"


class Method(StrEnum):
    """How the verified gross mass was found (SOLAS VI/2): the packed box weighed, or contents and tare summed."""

    WEIGHED = "SM1"
    SUMMED = "SM2"


@dataclass(frozen=True, slots=True)
class Party:
    """A consignor, consignee or carrier."""

    name: str
    address: str = ""
    country: str = ""
    code: str = ""
    phone: str = ""
    email: str = ""
    name_ru: str = ""
    address_ru: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """A place of the way: station, terminal, port or door."""

    name: str
    country: str
    esr: str = ""
    uic: str = ""
    locode: str = ""
    name_ru: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a leg by one carrier."""

    carrier: str
    origin: Station
    destination: Station
    distance_km: int = 0


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of the way under one contract of carriage; `crossings` are the stations where each country is left."""

    leg_id: str
    mode: Mode
    note: Note
    origin: Station
    destination: Station
    crossings: tuple[Station, ...] = ()
    sections: tuple[Section, ...] = ()
    vehicle: str = ""
    declarations: tuple[str, ...] = ()
    start: date | None = None
    ferries: int = 0
    gauge_changes: int = 0


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal on a box or wagon."""

    number: str
    kind: str = ""
    affixed_by: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedMass:
    """The verified gross mass of a packed box."""

    mass_kg: int
    method: Method
    determined: datetime
    responsible: str
    signatory: str
    weighed_by: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A container; `exam_due` is the day of its next examination on the CSC plate."""

    number: str
    size_type: str
    tare_kg: int
    max_gross_kg: int
    owner: str = ""
    seals: tuple[Seal, ...] = ()
    vgm: VerifiedMass | None = None
    exam_due: date | None = None


@dataclass(frozen=True, slots=True)
class Wagon:
    """A wagon on a leg (on all by rail, where `leg_id` is empty), with the numbers of the containers on it.

    `repair_due` is the day of its next scheduled repair.
    """

    number: str
    provided_by: Side
    capacity_kg: int
    tare_kg: int
    axles: int
    leg_id: str = ""
    containers: tuple[str, ...] = ()
    tank_type: str = ""
    owner: str = ""
    seals: tuple[Seal, ...] = ()
    repair_due: date | None = None


@dataclass(frozen=True, slots=True)
class DangerousGoods:
    """What the rules for dangerous goods ask of an item."""

    un_number: str
    proper_name: str
    dg_class: str
    technical_name: str = ""
    subsidiary: tuple[str, ...] = ()
    packing_group: str = ""
    hazard_id: str = ""
    tunnel: str = ""
    ems: str = ""
    flash_point_c: int | None = None
    marine_pollutant: bool = False
    emergency_card: str = ""
    emergency_contact: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Goods of one kind in one box or wagon."""

    description: str
    packages: int
    packaging: str
    gross_kg: int
    gng: str = ""
    etsng: str = ""
    hs: str = ""
    marks: str = ""
    volume_m3: float | None = None
    container: str = ""
    wagon: str = ""
    description_ru: str = ""
    packaging_ru: str = ""
    dangerous: DangerousGoods | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Who pays the charges of a railway or carrier, and the payer code there."""

    carrier: str
    payer: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A paper that goes with the goods; `kind` is a key of the table of papers."""

    kind: str
    number: str = ""
    issued: date | None = None
    copies: int = 1


@dataclass(frozen=True, slots=True)
class CustomsPaper:
    """A customs procedure as it was opened: its number, who answers for it, until when."""

    regime: str
    number: str
    holder: str = ""
    guarantee: str = ""
    office_departure: str = ""
    office_destination: str = ""
    limit: date | None = None


@dataclass(frozen=True, slots=True)
class Consignment:
    """Goods sent from one consignor to one consignee, over one leg or several."""

    consignment_id: str
    consignor: Party
    consignee: Party
    legs: tuple[Leg, ...]
    goods: tuple[Item, ...]
    containers: tuple[Container, ...] = ()
    wagons: tuple[Wagon, ...] = ()
    payments: tuple[Payment, ...] = ()
    attached: tuple[Attached, ...] = ()
    customs: tuple[CustomsPaper, ...] = ()
    loaded_by: Side = Side.CONSIGNOR
    mass_method: str = ""
    contract: str = ""
    dispatch_number: str = ""
    freight_terms: str = ""
    instructions: str = ""
    issued_at: str = ""
    issued: date | None = None
    note: str = ""
