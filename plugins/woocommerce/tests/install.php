<?php

// Installs WordPress without its pages for that: php install.php FOLDER URL

declare(strict_types=1);

[, $folder, $url] = $argv;
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => (string) parse_url($url, PHP_URL_HOST), 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
// Nobody is told.
function wp_mail(): bool
{
    return true;
}
require "$folder/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_install('Test shop', 'admin', 'admin@shop.example', true, '', bin2hex(random_bytes(12)));
update_option('siteurl', $url);
update_option('home', $url);
$error = activate_plugin('woocommerce/woocommerce.php');
if (is_wp_error($error)) {
    fwrite(STDERR, $error->get_error_message());
    exit(1);
}
