"""Who may ask: a program with a key, or a logged-in member of the staff; nobody else."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from management.keys import find_key

log = structlog.get_logger(__name__)

_REALM = 'Bearer realm="canvas-mirror"'


# Nothing is changed here, and a program that tries is told 405 and not to send a CSRF token.
@method_decorator(csrf_exempt, name="dispatch")
class ApiView(View):
    """A JSON page: read only, for who may ask, never kept by a cache."""

    http_method_names = ["get", "head"]  # noqa: RUF012  # a list in Django

    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        response = await refusal(request)
        if response is None:
            answer: Any = super().dispatch(request, *args, **kwargs)
            response = await answer
        response.headers["Cache-Control"] = "private, no-store"
        return response

    async def http_method_not_allowed(  # type: ignore[override]
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return JsonResponse(
            {"error": f"{request.method} is not possible here"},
            status=405,
            headers={"Allow": ", ".join(self.http_method_names).upper()},
        )


async def refusal(request: HttpRequest) -> HttpResponseBase | None:
    """401 or 403 for who may not ask, None for who may.

    A key that is sent decides, also beside a login: a program with a wrong key must not pass by
    the cookie of somebody else.
    """
    authorization = request.headers.get("Authorization")
    if authorization is not None:
        return await _by_key(authorization)
    user = await request.auser()
    if not user.is_authenticated:
        return _unauthorized("Log in as staff, or send an API key", challenge=_REALM)
    if not user.is_staff:
        return JsonResponse({"error": "Staff only"}, status=403)
    return None


async def _by_key(authorization: str) -> HttpResponseBase | None:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() == "bearer" and await find_key(key.strip()):
        return None
    log.warning("api.key_refused")
    return _unauthorized("API key not known", challenge=f'{_REALM}, error="invalid_token"')


def _unauthorized(error: str, *, challenge: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=401, headers={"WWW-Authenticate": challenge})
