"""All read models. A new one is a package of its own and a line here."""

from harrystix.projections.approvals.project import MODEL as APPROVALS
from harrystix.projections.assignments.project import MODEL as ASSIGNMENTS
from harrystix.projections.audit_log.project import MODEL as AUDIT_LOG
from harrystix.projections.base import ReadModel
from harrystix.projections.bulk_jobs.project import MODEL as BULK_JOBS
from harrystix.projections.catalogue.project import MODEL as CATALOGUE
from harrystix.projections.due_work.project import MODEL as DUE_WORK
from harrystix.projections.member_orders.project import MODEL as MEMBER_ORDERS
from harrystix.projections.money.project import MODEL as MONEY
from harrystix.projections.overview.project import MODEL as OVERVIEW
from harrystix.projections.uploads.project import MODEL as UPLOADS
from harrystix.projections.variant_matrix.project import MODEL as VARIANT_MATRIX

MODELS: dict[str, ReadModel] = {
    model.name: model
    for model in (
        DUE_WORK,
        OVERVIEW,
        VARIANT_MATRIX,
        ASSIGNMENTS,
        MEMBER_ORDERS,
        MONEY,
        UPLOADS,
        APPROVALS,
        BULK_JOBS,
        AUDIT_LOG,
        CATALOGUE,
    )
}
