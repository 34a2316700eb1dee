"""The words of land, and which of them warn."""

from merestone.terms import Activity, LandType, RecordKind, ReleaseProduct


def test_released_land_alone_gives_no_warning() -> None:
    assert {kind for kind in RecordKind if not kind.is_hazard} == {RecordKind(product) for product in ReleaseProduct}


def test_only_hazardous_areas_have_a_land_type() -> None:
    typed = {kind: kind.land_type for kind in RecordKind if kind.land_type}
    assert typed == {RecordKind.SUSPECTED: LandType.SHA, RecordKind.CONFIRMED: LandType.CHA}


def test_each_product_comes_from_one_activity() -> None:
    made = {product: product.activity for product in ReleaseProduct}
    assert made == {
        ReleaseProduct.CANCELLED: Activity.NTS,
        ReleaseProduct.REDUCED: Activity.TS,
        ReleaseProduct.CLEARED: Activity.CLEARANCE,
    }


def test_every_kind_has_a_label() -> None:
    assert all(kind.label for kind in RecordKind)
