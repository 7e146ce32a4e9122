<?php

// The administration's texts.

$_['heading_title'] = 'USDT (TRC20)';
$_['text_extension'] = 'Extensions';
$_['text_edit'] = 'Edit USDT (TRC20)';
$_['text_success'] = 'The settings are saved.';
$_['text_on'] = 'On';
$_['text_off'] = 'Off';
$_['text_all_zones'] = 'All Zones';
$_['text_late_complete'] = 'pays the order if the goods are there';
$_['text_late_hold'] = 'always waits for you';
$_['text_moved'] = 'USDT Checkout takes no payments: it was set up for %s, and this is %s.';
$_['text_attention'] = 'USDT payment %s of order %s needs your attention: %s';
$_['text_webhook_url'] = 'The webhook URL of this shop:';
$_['text_cron_url'] = 'For your server’s cron, every five minutes:';
$_['text_last_run'] = 'The regular check last ran:';
$_['text_never'] = 'never';
$_['text_state'] = 'State';
$_['text_payment'] = 'Payment';
$_['text_reference'] = 'Order ID at the gateway';
$_['text_amount'] = 'Amount';
$_['text_received'] = 'Received';
$_['text_transaction'] = 'Transaction';
$_['text_why'] = 'Why';
$_['text_refund'] = 'A transfer cannot be taken back. To refund, ask the payer for an address: the sender’s may be an exchange’s.';

$_['entry_status'] = 'Status';
$_['entry_gateway_url'] = 'Gateway';
$_['entry_api_key'] = 'API key';
$_['entry_api_secret'] = 'API secret';
$_['entry_title'] = 'Title';
$_['entry_pending_status_id'] = 'An order that waits for its payment is';
$_['entry_paid_status_id'] = 'A paid order becomes';
$_['entry_expired_status_id'] = 'An order that was not paid in time becomes';
$_['entry_held_status_id'] = 'An order that waits for you becomes';
$_['entry_late_policy'] = 'Money that comes late';
$_['entry_tolerance'] = 'Tolerance';
$_['entry_geo_zone_id'] = 'Geo zone';
$_['entry_sort_order'] = 'Sort order';
$_['entry_debug'] = 'Log also what goes well';
$_['help_gateway_url'] = 'Such as https://pay.example.com';
$_['help_api_secret'] = 'It is never shown again. Leave it empty to keep it.';
$_['help_title'] = 'The name that payers see.';
$_['help_tolerance'] = 'Where somebody has accepted less than was due: so many USDT may be missing, and the order is paid all the same.';

$_['button_connection'] = 'Test the connection';
$_['button_webhook'] = 'Set and test the webhook';
$_['button_check'] = 'Check now';
$_['button_settle'] = 'I have looked at it';
$_['button_copy'] = 'This is a copy, or a new shop';
$_['button_moved'] = 'The shop has moved here';

$_['test_incomplete'] = 'Enter gateway, key and secret, and save them first.';
$_['test_known'] = 'The gateway knows your shop as "%s" (%s).';
$_['test_clock'] = 'The clocks of shop and gateway differ by %d seconds: webhooks will be refused.';
$_['test_currency'] = 'Orders in %s can be paid.';
$_['test_no_currency'] = 'Orders in %s cannot be paid, so payers do not see this method: ask the gateway’s operator to allow the currency.';
$_['test_mode'] = 'It is a test key: no real money comes in.';
$_['test_no_https'] = 'The shop has no HTTPS: the gateway takes no real payments for it.';
$_['test_reached'] = 'Webhooks reach your shop at %s (%d ms).';
$_['test_not_reached'] = 'The gateway did not reach %s: %s';

$_['error_permission'] = 'You may not change USDT (TRC20).';
$_['error_no_answer'] = 'The shop did not answer.';
$_['error_gateway_url'] = 'The gateway must be an address such as https://pay.example.com.';
$_['error_tolerance'] = 'The tolerance must be a number such as 0.50.';
$_['error_paid_status'] = 'A paid order needs a state of its own, and one in which OpenCart takes the goods: see System, Settings, Option, Processing Order Status.';
$_['error_waiting_status'] = 'An order that waits, or was not paid in time, needs states that are not those of a completed order, and two different ones.';
