"""States of the United States."""

from typing import Final

_STATES: Final = {
    "Alabama": "AL Ala",
    "Alaska": "AK",
    "Arizona": "AZ Ariz",
    "Arkansas": "AR Ark",
    "California": "CA Calif",
    "Colorado": "CO Colo",
    "Connecticut": "CT Conn",
    "Delaware": "DE Del",
    "Florida": "FL Fla",
    "Georgia": "GA Ga",
    "Hawaii": "HI",
    "Idaho": "ID",
    "Illinois": "IL Ill",
    "Indiana": "IN Ind",
    "Iowa": "IA",
    "Kansas": "KS Kan",
    "Kentucky": "KY Ky",
    "Louisiana": "LA La",
    "Maine": "ME",
    "Maryland": "MD Md",
    "Massachusetts": "MA Mass",
    "Michigan": "MI Mich",
    "Minnesota": "MN Minn",
    "Mississippi": "MS Miss",
    "Missouri": "MO Mo",
    "Montana": "MT Mont",
    "Nebraska": "NE Neb",
    "Nevada": "NV Nev",
    "New Hampshire": "NH",
    "New Jersey": "NJ",
    "New Mexico": "NM",
    "New York": "NY",
    "North Carolina": "NC",
    "North Dakota": "ND",
    "Ohio": "OH",
    "Oklahoma": "OK Okla",
    "Oregon": "OR Ore",
    "Pennsylvania": "PA Pa",
    "Rhode Island": "RI",
    "South Carolina": "SC",
    "South Dakota": "SD",
    "Tennessee": "TN Tenn",
    "Texas": "TX Tex",
    "Utah": "UT",
    "Vermont": "VT Vt",
    "Virginia": "VA Va",
    "Washington": "WA Wash",
    "West Virginia": "WV",
    "Wisconsin": "WI Wis",
    "Wyoming": "WY Wyo",
}
NAMES: Final = frozenset(_STATES)
CODES: Final = {names.split()[0]: state for state, names in _STATES.items()}
ABBREVIATIONS: Final = {name: state for state, names in _STATES.items() for name in names.split()[1:]}
"""Written with a full stop."""
NO_OTHER_WORDS: Final = frozenset("Calif Colo Fla Mich Minn Okla Tenn Ariz Wyo".split())
"""Abbreviations that are no other words or names."""
