"""What may be sent to a Canvas, and what never is."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.client.allowed import FORBIDDEN_INCLUDES, FORBIDDEN_NAMES, READS, refuse_unlisted
from canvas.errors import ContractError
from sync.plan import PLAN
from sync.transform.rows import Scope
from tests.unit.client.canned import BASE

COURSE = "/api/v1/courses/101"
# canvas-api 7.7, each with a variant or two.
SIDE_EFFECTS = [
    ("GET", f"{COURSE}/assignments/7"),
    ("GET", f"{COURSE}/pages/welcome"),
    ("GET", f"{COURSE}/pages/7"),
    ("GET", f"{COURSE}/front_page"),
    ("GET", f"{COURSE}/quizzes/7/submissions"),
    ("GET", f"{COURSE}/student_view_student"),
    ("GET", f"{COURSE}/students/submissions?include[]=read_status"),
    ("GET", f"{COURSE}/assignments/7/submissions/9?include%5B%5D=read_status"),
    ("GET", f"{COURSE}/assignments/7/submissions/9?include%5B%5D=full_rubric&include=read_status"),
    ("GET", f"{COURSE}/students/submissions?include[]=%72ead_status"),
    ("GET", f"{COURSE}/discussion_topics?mark_as_read=true"),
    ("GET", f"{COURSE}/discussion_topics/7/view"),
    ("POST", "/api/v1/accounts/1/reports/provisioning_csv"),
    ("POST", "/api/v1/accounts/1/reports/provisioning_csv?parameters[skip_message]=false"),
]
NEVER = [
    ("GET", "/"),
    ("GET", ""),
    ("GET", "/api"),
    ("GET", "/api/v1"),
    ("GET", "/api/v1/"),
    ("GET", "/api/v1/courses/"),
    ("GET", "/api/v1//courses"),
    ("GET", "//api/v1/courses"),
    ("GET", f"{COURSE}/"),
    ("GET", f"{COURSE}//sections"),
    ("GET", f"{COURSE}/sections/"),
    ("GET", f"{COURSE}/sections.json"),
    ("GET", f"{COURSE}/%2e%2e/%2e%2e/accounts"),
    ("GET", "/api/v1/courses/%2e%2e"),
    ("GET", "/api/v1/courses/1%2Fsections"),
    ("GET", "/api/v1/courses/1%00"),
    ("GET", "/api/v1/courses/1%0d%0aHost:%20evil.com"),
    ("GET", "/api/v1/courses/sis_course_id:a%2Fb"),
    ("GET", "/api/v1/courses/sis_course_id:a%5Cb"),
    ("GET", "/api/v1/courses/sis_course_id:a%0Ab"),
    ("GET", "/api/v1/courses/sis_course_id:a%252Fb"),
    ("GET", "/api/v1/courses/sis_course_id:%FF"),
    ("GET", "/api/v1/courses/sis_course_id:%C2%85"),
    ("GET", "/api/v1/courses/sis_course_id:"),
    ("GET", "/api/v1/courses/name"),
    ("GET", "/api/v1/courses/:id"),
    ("GET", "/api/v1/courses/-1"),
    ("GET", "/api/v1/courses/1;x=2"),
    ("GET", "/api/v1/courses/٣"),
    ("GET", "/api/v1/courses/1/st%75dents/submissions"),
    ("GET", "/api/v1/COURSES/1"),
    ("GET", "/login/oauth2/auth"),
    ("GET", "/login/session_token"),
    ("GET", "/api/graphql"),
    ("GET", "/files/7"),
    ("GET", "/files/7/download/x"),
    ("POST", COURSE),
    ("POST", "/api/v1/courses"),
    ("POST", "/api/graphql?as_user_id=3"),
    ("POST", "/api/graphql?_method=delete"),
    ("PUT", COURSE),
    ("DELETE", "/login/oauth2/token"),
    ("HEAD", COURSE),
    ("OPTIONS", COURSE),
    ("get", COURSE),
]
SENT = [
    ("GET", "/api/v1/accounts?page=2&per_page=100"),
    ("GET", "/api/v1/accounts/self"),
    ("GET", "/api/v1/accounts/default/courses"),
    ("GET", "/api/v1/accounts/sis_account_id:Ph%C3%A4no%20men/courses"),
    ("GET", "/api/v1/accounts/hex:sis_account_id:616263/terms"),
    ("GET", "/api/v1/accounts/1/reports/provisioning_csv/12"),
    ("GET", "/api/v1/users/self"),
    ("GET", "/api/v1/users/2107~565"),
    ("GET", "/api/v1/courses/21070000000000565"),
    ("GET", f"{COURSE}/enrollments?state[]=active&enrollment_state=x&page=bookmark:WyJhIl0"),
    ("GET", f"{COURSE}/discussion_topics?order_by=position&page=first"),
    ("GET", "/api/v1/users/self?search_term=read_status"),
    ("GET", "/files/7/download?download_frd=1&verifier=Zm9v"),
    ("GET", "/api/v1/files/7?verifier=Zm9v"),
    ("POST", "/api/graphql"),
    ("POST", "/login/oauth2/token"),
    ("POST", "/api/v1/accounts/1/reports/provisioning_csv?parameters%5Bskip_message%5D=true"),
]


def url(path: str) -> httpx.URL:
    return httpx.URL(BASE + path)


def is_sent(method: str, asked: httpx.URL) -> bool:
    try:
        refuse_unlisted(method, asked)
    except ContractError:
        return False
    return True


@pytest.mark.parametrize("source", PLAN, ids=lambda source: source.name)
def test_every_source_of_the_plan_may_be_asked_for(source: object) -> None:
    path = source.path_for(Scope(course=101, parent=7))  # type: ignore[attr-defined]
    asked = url(path).copy_with(params=source.params)  # type: ignore[attr-defined]
    assert is_sent("GET", asked)


@pytest.mark.parametrize("template", READS)
def test_every_row_of_the_table_is_reached(template: str) -> None:
    path = template.replace(":id", "7").replace(":report", "grade_export_csv")
    path = path.replace(":code", "aB3dE")
    assert is_sent("GET", url(path))


@pytest.mark.parametrize(("method", "path"), SENT)
def test_what_is_needed_is_sent(method: str, path: str) -> None:
    assert is_sent(method, url(path))


@pytest.mark.parametrize(("method", "path"), SIDE_EFFECTS + NEVER)
def test_what_is_not_on_the_list_is_not_sent(method: str, path: str) -> None:
    with pytest.raises(ContractError, match="not sent"):
        refuse_unlisted(method, url(path))


@pytest.mark.parametrize(
    "shape", ["{}=3", "x=1&{}=3", "{}[]=3", "[{}]=3", "+{}=3", "x=1;{}=3", "{}"]
)
@pytest.mark.parametrize("name", sorted(FORBIDDEN_NAMES))
def test_no_spelling_of_a_forbidden_parameter_passes(name: str, shape: str) -> None:
    for spelled in (name, name.replace("_", "%5f"), name.upper(), name.replace("e", "%65")):
        with pytest.raises(ContractError):
            refuse_unlisted("GET", url(f"{COURSE}?{shape.format(spelled)}"))


@pytest.mark.parametrize("shape", ["include[]={}", "include={}", "a=1&includes%5B%5D=user,{}"])
@pytest.mark.parametrize("value", sorted(FORBIDDEN_INCLUDES))
def test_no_spelling_of_a_forbidden_include_passes(value: str, shape: str) -> None:
    with pytest.raises(ContractError):
        refuse_unlisted("GET", url(f"{COURSE}?{shape.format(value)}"))


def test_a_refusal_names_method_and_template_but_no_id_and_no_query() -> None:
    with pytest.raises(ContractError) as caught:
        refuse_unlisted("GET", url(f"{COURSE}/students/565?as_user_id=4711&token=secretpw"))
    text = str(caught.value)
    assert "GET /api/v1/courses/:id/students/:id is not on the list" in text
    assert "allowed.py" in text
    assert not any(secret in text for secret in ("secretpw", "4711", "565", "101"))


@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=40
    )
)
def test_a_path_that_passes_reads_the_same_to_every_server(rest: str) -> None:
    asked = url(f"/api/v1/courses/{rest}")
    try:
        refuse_unlisted("GET", asked)
    except ContractError:
        return
    assert not {"", ".", ".."} & set(asked.path[1:].split("/"))
    assert asked.path.count("/") == asked.raw_path.partition(b"?")[0].count(b"/")
