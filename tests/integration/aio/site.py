"""Two async views with transactions, for the cases that send requests."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from canvas.models import CanvasTerm


async def write(request: HttpRequest, number: int) -> HttpResponse:
    async with transaction.atomic():
        await CanvasTerm.objects.acreate(name=f"row{number}")
    return HttpResponse("written")


async def fail(request: HttpRequest) -> HttpResponse:
    async with transaction.atomic():
        await CanvasTerm.objects.acreate(name="gone")
        raise ZeroDivisionError


urlpatterns = [path("write/<int:number>/", write), path("fail/", fail)]
