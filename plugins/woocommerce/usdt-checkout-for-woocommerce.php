<?php
/**
 * Plugin Name: USDT Checkout for WooCommerce
 * Description: Take USDT (TRC20) payments in your shop, straight to your own address, through your own gateway.
 * Version: 0.1.0
 * Requires at least: 6.2
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * WC requires at least: 8.2
 * WC tested up to: 10.5
 * License: MIT
 * License URI: https://opensource.org/license/mit
 * Text Domain: usdt-checkout-for-woocommerce
 * Domain Path: /languages
 */

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

defined('ABSPATH') || exit;

const VERSION = '0.1.0';
const FILE = __FILE__;

require __DIR__ . '/autoload.php';

register_deactivation_hook(__FILE__, [Reconciliation::class, 'stop']);
Plugin::start();
