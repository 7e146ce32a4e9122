<?php

// The administration's texts that only OpenCart has.

return [
    'heading_title' => 'USDT (TRC20)',
    'text_extension' => 'Extensions',
    'text_edit' => 'Edit USDT (TRC20)',
    'text_all_zones' => 'All Zones',

    'entry_status' => 'Status',
    'entry_title' => 'Title',
    'entry_pending_status_id' => 'An order that waits for its payment is',
    'entry_paid_status_id' => 'A paid order becomes',
    'entry_expired_status_id' => 'An order that was not paid in time becomes',
    'entry_held_status_id' => 'An order that waits for you becomes',
    'entry_geo_zone_id' => 'Geo zone',
    'entry_sort_order' => 'Sort order',
    'help_title' => 'The name that payers see.',

    'error_paid_status' => 'A paid order needs a state of its own, and one in which OpenCart takes the goods: see System, Settings, Option, Processing Order Status.',
    'error_waiting_status' => 'An order that waits, or was not paid in time, needs states that are not those of a completed order, and two different ones.',
];
