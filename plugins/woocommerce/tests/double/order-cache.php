<?php

namespace Automattic\WooCommerce\Caches;

/** What makes wc_get_order read again. */
final class OrderCache
{
    public function remove($id): bool
    {
        return wp_cache_delete((int) $id, 'double_orders');
    }
}
