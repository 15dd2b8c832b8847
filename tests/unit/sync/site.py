"""Course 101 as canned pages: two group sets, three groups, one record of everything else."""

from tests.unit.sync.fakes import Listing
from tests.unit.transform import payloads, work_payloads

API = "/api/v1/courses/101"
PATHS = {
    "course": API,
    "sections": f"{API}/sections",
    "enrollments": f"{API}/enrollments",
    "group_categories": f"{API}/group_categories",
    "assignment_groups": f"{API}/assignment_groups",
    "rubrics": f"{API}/rubrics",
    "assignments": f"{API}/assignments",
    "submissions": f"{API}/students/submissions",
    "quizzes": f"{API}/quizzes",
    "new_quizzes": "/api/quiz/v1/courses/101/quizzes",
}


def groups_of(category: int) -> str:
    return f"/api/v1/group_categories/{category}/groups"


def memberships_of(group: int) -> str:
    return f"/api/v1/groups/{group}/memberships"


def pages(**changes: Listing) -> dict[str, Listing]:
    """Path → pages; `changes` by source name."""
    listings: dict[str, Listing] = {
        "course": [[payloads.course()]],
        "sections": [[payloads.section()]],
        "enrollments": [[payloads.enrollment()], [payloads.enrollment(id=302)]],
        "group_categories": [[payloads.category()], [payloads.category(id=402)]],
        "assignment_groups": [[work_payloads.assignment_group()]],
        "rubrics": [[work_payloads.rubric()]],
        "assignments": [[work_payloads.assignment()]],
        "submissions": [[work_payloads.submission()]],
        "quizzes": [[payloads.quiz()]],
        "new_quizzes": [[payloads.new_quiz()]],
    }
    site = {PATHS[name]: listing for name, listing in (listings | changes).items()}
    site[groups_of(401)] = [[payloads.group()]]
    site[groups_of(402)] = [[payloads.group(id=412), payloads.group(id=413)]]
    for number, group in enumerate((411, 412, 413)):
        site[memberships_of(group)] = [[payloads.membership(id=421 + number, group_id=group)]]
    return site
