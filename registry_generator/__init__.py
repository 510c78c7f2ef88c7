"""Synthetic student registries over the real directory of boards and schools: any size, seeded, in three formats.

No real pupil's data goes into it, and nobody's comes out: names are drawn singly, e-mails lie at example domains (RFC 2606).

    from registry_generator import PlacedStudent, generate

    generate("var/demo", organisation="712000", students=1000, placed=[PlacedStudent(...)])
"""

from registry_generator.families import families, shared_guardian_email, students
from registry_generator.files import FORMATS, Format
from registry_generator.generation import Generated, OutputTaken, generate
from registry_generator.people import Family, Guardian, PlacedStudent, Plan, Student
from registry_generator.permanent_codes import permanent_code
from registry_generator.schools import Organisation, OrganisationUnknown, School, find_organisation

__all__ = [
    "FORMATS",
    "Family",
    "Format",
    "Generated",
    "Guardian",
    "Organisation",
    "OrganisationUnknown",
    "OutputTaken",
    "PlacedStudent",
    "Plan",
    "School",
    "Student",
    "families",
    "find_organisation",
    "generate",
    "permanent_code",
    "shared_guardian_email",
    "students",
]
