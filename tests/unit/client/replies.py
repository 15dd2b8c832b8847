"""Replies of Canvas as recorded in canvas-api 1.4, 3.4 and 7.5, each with its verdict."""

from canvas.client import Reply, Verdict
from tests.unit.client.canned import HTML, JSON, TEXT

NOT_PERMITTED = (
    b'{"status":"unauthorized","errors":[{"message":"user not authorized to perform that action"}]}'
)
RECORDED: dict[str, tuple[Reply, Verdict]] = {
    "a list": (Reply(status=200, content_type=JSON, body_start=b"[]"), Verdict.OK),
    "an object with string ids": (
        Reply(status=200, content_type="application/json+canvas-string-ids", body_start=b"{}"),
        Verdict.OK,
    ),
    "a login page": (Reply(status=200, content_type=HTML, body_start=b"<html>"), Verdict.RETRY),
    "http redirected to https": (Reply(status=301, content_type=HTML), Verdict.CONFIG),
    "an old address of the school": (Reply(status=302, content_type=HTML), Verdict.CONFIG),
    "no credentials": (
        Reply(
            status=401,
            content_type=JSON,
            www_authenticate=True,
            body_start=b'{"status":"unauthenticated",'
            b'"errors":[{"message":"user authorization required"}]}',
        ),
        Verdict.REFRESH,
    ),
    "unknown token": (
        Reply(
            status=401,
            content_type=JSON,
            www_authenticate=True,
            body_start=b'{"errors":[{"message":"Invalid access token."}]}',
        ),
        Verdict.REFRESH,
    ),
    "expired token": (
        Reply(
            status=401,
            content_type=JSON,
            www_authenticate=True,
            body_start=b'{"errors":[{"message":"Expired access token.","expired_at":"2026"}]}',
        ),
        Verdict.REFRESH,
    ),
    "revoked token, in French": (
        Reply(
            status=401,
            content_type=JSON,
            www_authenticate=True,
            body_start='{"errors":[{"message":"Jeton révoqué."}]}'.encode(),
        ),
        Verdict.REFRESH,
    ),
    "no credentials, not asked for JSON": (
        Reply(status=401, content_type=TEXT, www_authenticate=True, body_start=b"Unauthenticated"),
        Verdict.REFRESH,
    ),
    "masquerade of a merged user": (
        Reply(
            status=401,
            content_type=JSON,
            body_start=b'{"errors":"Invalid as_user_id","merged_into_user_id":7}',
        ),
        Verdict.FORBIDDEN,
    ),
    "a role nobody has": (
        Reply(status=400, content_type=JSON, body_start=b'{"message":"role not found"}'),
        Verdict.BAD_REQUEST,
    ),
    "maintenance, as text": (
        Reply(status=503, content_type=TEXT, body_start=b"Down for maintenance"),
        Verdict.RETRY,
    ),
    "a JSON body that came without a type": (
        Reply(status=200, content_type="", body_start=b"[]"),
        Verdict.STOP,
    ),
    "nothing": (Reply(status=204), Verdict.STOP),
    "scope not granted": (
        Reply(
            status=401,
            content_type=JSON,
            body_start=b'{"errors":[{"message":"Insufficient scopes on access token."}]}',
        ),
        Verdict.FORBIDDEN,
    ),
    "not permitted, older": (
        Reply(status=401, content_type=JSON, body_start=NOT_PERMITTED),
        Verdict.FORBIDDEN,
    ),
    "not permitted, newer": (
        Reply(status=403, content_type=JSON, body_start=NOT_PERMITTED),
        Verdict.FORBIDDEN,
    ),
    "masquerade refused": (
        Reply(status=401, content_type=JSON, body_start=b'{"errors":"Invalid as_user_id"}'),
        Verdict.FORBIDDEN,
    ),
    "no user agent": (
        Reply(
            status=403,
            content_type=JSON,
            body_start=b'{"error":"Forbidden","message":"Please provide a valid User Agent."}',
        ),
        Verdict.CONFIG,
    ),
    "unknown assignment ids": (
        Reply(
            status=403,
            content_type=JSON,
            body_start=b'{"error":"invalid assignment ids requested"}',
        ),
        Verdict.FORBIDDEN,
    ),
    "throttle, self-hosted": (
        Reply(status=403, content_type=TEXT, body_start=b"403 Forbidden (Rate Limit Exceeded)\n"),
        Verdict.THROTTLE,
    ),
    "throttle, documented": (
        Reply(status=429, content_type=TEXT, body_start=b"429 Forbidden (Rate Limit Exceeded)"),
        Verdict.THROTTLE,
    ),
    "throttle, source": (
        Reply(
            status=429, content_type=TEXT, body_start=b"429 Too Many Requests (Rate Limit Exceeded)"
        ),
        Verdict.THROTTLE,
    ),
    "throttle of a proxy": (Reply(status=429, content_type=HTML), Verdict.THROTTLE),
    "a permission error that quotes the throttle": (
        Reply(
            status=403,
            content_type=JSON,
            body_start=b'{"errors":[{"message":"page Rate Limit Exceeded is not yours"}]}',
        ),
        Verdict.FORBIDDEN,
    ),
    "a refusal page of a firewall": (
        Reply(status=403, content_type=HTML, body_start=b"<html>"),
        Verdict.FORBIDDEN,
    ),
    "missing": (
        Reply(
            status=404,
            content_type=JSON,
            body_start=b'{"errors":[{"message":"The specified resource does not exist."}]}',
        ),
        Verdict.GONE,
    ),
    "missing, static page": (
        Reply(status=404, content_type=HTML, body_start=b"<html>"),
        Verdict.GONE,
    ),
    "missing, with a message too": (
        Reply(status=404, content_type=JSON, body_start=b'{"errors":[{}],"message":"no"}'),
        Verdict.GONE,
    ),
    "disabled tab": (
        Reply(
            status=404,
            content_type=JSON,
            body_start=b'{"message":"That page has been disabled for this course"}',
        ),
        Verdict.FORBIDDEN,
    ),
    "bad parameter": (
        Reply(status=400, content_type=JSON, body_start=b'{"errors":[{"message":"bad"}]}'),
        Verdict.BAD_REQUEST,
    ),
    "too many students": (
        Reply(status=400, content_type=JSON, body_start=b'{"error":"too many students"}'),
        Verdict.BAD_REQUEST,
    ),
    "validation failure": (
        Reply(status=422, content_type=JSON, body_start=b'{"errors":{"field":[{}]}}'),
        Verdict.BAD_REQUEST,
    ),
    "server error": (
        Reply(
            status=500,
            content_type=JSON,
            body_start=b'{"errors":[{"message":"An error occurred."}],"error_report_id":123}',
        ),
        Verdict.RETRY,
    ),
    "server error, static page": (Reply(status=500, content_type=HTML), Verdict.RETRY),
    "bad gateway": (Reply(status=502, content_type=HTML), Verdict.RETRY),
    "maintenance": (Reply(status=503, content_type=HTML), Verdict.RETRY),
    "gateway timeout": (Reply(status=504, content_type=HTML), Verdict.RETRY),
}
