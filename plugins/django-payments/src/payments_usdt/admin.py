"""Shows payments at the gateway to those who decide. Only the state of what needs attention can be changed."""

from django.contrib import admin

from .models import UsdtPayment


@admin.register(UsdtPayment)
class UsdtPaymentAdmin(admin.ModelAdmin):
    list_display = ("reference", "payment_id", "state", "price_amount", "price_currency", "reason", "created_at")
    list_filter = ("state", "variant")
    search_fields = ("reference", "=payment_id", "payment_token", "txid")
    actions = ("settle",)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return [field.name for field in self.model._meta.fields]

    @admin.action(description="I have looked at it")
    def settle(self, request, rows):
        rows.filter(state=UsdtPayment.State.ATTENTION).update(state=UsdtPayment.State.SETTLED)
