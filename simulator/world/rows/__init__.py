"""The rows a world is made of, one struct per Canvas table, fields named as in Canvas's JSON."""

from __future__ import annotations

from simulator.world.rows.people import Enrollment, User
from simulator.world.rows.places import Account, Course, Section, Term
from simulator.world.rows.quizzes import Quiz, Rubric
from simulator.world.rows.teams import Group, GroupCategory, GroupMembership
from simulator.world.rows.work import (
    Assignment,
    AssignmentGroup,
    Override,
    Submission,
    SubmissionComment,
)

__all__ = [
    "Account",
    "Assignment",
    "AssignmentGroup",
    "Course",
    "Enrollment",
    "Group",
    "GroupCategory",
    "GroupMembership",
    "Override",
    "Quiz",
    "Rubric",
    "Section",
    "Submission",
    "SubmissionComment",
    "Term",
    "User",
]
