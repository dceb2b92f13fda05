from dataclasses import dataclass

from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class Cell:
    variant_id: str
    ordered: int
    uploaded: int
    assigned: int
    served: int

    @property
    def short(self) -> int:
        """Paid pre-orders for this variant beyond its tickets."""
        return max(0, self.ordered - self.uploaded)


def matrix(read: Reader, event_id: str) -> list[Cell]:
    """Worst first."""
    rows = read.all(
        "SELECT variant_id, ordered, uploaded, assigned, served FROM reporting.variant_matrix "
        "WHERE event_id = %s ORDER BY uploaded - ordered, variant_id",
        (event_id,),
    )
    return [Cell(*row) for row in rows]
