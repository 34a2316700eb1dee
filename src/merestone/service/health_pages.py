"""Whether the service is ready, for whoever starts it, watches it, or stands before it as a proxy."""

from fastapi import APIRouter, Depends

from merestone.service.context import Context
from merestone.service.features import known_parameters


def router(context: Context) -> APIRouter:
    """One address that says nothing of the register."""
    routes = APIRouter(tags=["Service"], dependencies=[Depends(known_parameters)])

    @routes.get("/health")
    def health() -> dict[str, str]:
        """Whether the register was read; 503 while it is being read, or cannot be."""
        context.keeper.current()
        return {"status": "ready"}

    return routes
