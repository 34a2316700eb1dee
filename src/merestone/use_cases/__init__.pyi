from .area_burden import BURDEN_MEANING, PERCENTILES, AreaBurden, BurdenFigures, area_burden, read_burden_figures
from .clearance_due import CLEARANCE_ARTICLES, ClearanceDuty, NoClearanceDay, clearance_due_on
from .drafted_report import DraftedReport, drafted_report, report_writer
from .land_balance import LAND_STATUSES, LandBalance, land_balance, region_of
from .open_areas import OpenArea, OpenAreas, is_register, open_areas
from .planned_work import FinishGoal, PlanContent, PlannedWork, planned_work, read_plan_content
from .written_briefing import LandCover, WrittenBriefing, land_cover_of, written_briefing

__all__ = [
    "BURDEN_MEANING",
    "CLEARANCE_ARTICLES",
    "LAND_STATUSES",
    "PERCENTILES",
    "AreaBurden",
    "BurdenFigures",
    "ClearanceDuty",
    "DraftedReport",
    "FinishGoal",
    "LandBalance",
    "LandCover",
    "NoClearanceDay",
    "OpenArea",
    "OpenAreas",
    "PlanContent",
    "PlannedWork",
    "WrittenBriefing",
    "area_burden",
    "clearance_due_on",
    "drafted_report",
    "is_register",
    "land_balance",
    "land_cover_of",
    "open_areas",
    "planned_work",
    "read_burden_figures",
    "read_plan_content",
    "region_of",
    "report_writer",
    "written_briefing",
]
