<?php

// The shop's pages, and the receiver of its webhooks.
//
//   GATEWAY=… API_KEY=… API_SECRET=… php -S localhost:9000 shop.php

declare(strict_types=1);

use UsdtClient\SignatureError;
use UsdtClient\UsdtError;
use UsdtClient\Webhook;

// It stays if this script breaks off: the gateway then sends its webhook again.
http_response_code(500);

/** @var Shop $shop */
$shop = require __DIR__ . '/open.php';

function page(int $status, string $title, string $text, string $more = ''): void
{
    http_response_code($status);
    header('Content-Type: text/html; charset=utf-8');
    header('Cache-Control: no-store');
    echo "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>$title</title>\n$more\n",
        "<h1>$title</h1>\n<p>$text</p>\n";
}

function button(string $action, string $text): string
{
    return "<form method=\"post\" action=\"$action\"><button>$text</button></form>";
}

function parameter(string $name): string
{
    return is_string($_GET[$name] ?? null) ? $_GET[$name] : '';
}

/** What the shop knows of an order. That somebody has come to this page proves nothing. */
function orderPage(Shop $shop, string $id): void
{
    $order = $shop->findOrder($id);
    if ($order === null) {
        page(404, 'No such order', 'Nothing is known of it.');
        return;
    }
    $again = button("/pay?id=$id", 'Pay');
    $attempt = $shop->attempt($order);
    if ($order['state'] === 'paid') {
        page(200, 'Paid', 'Thank you. Your order is on its way.');
    } elseif ($attempt !== null && $attempt['state'] === 'expired') {
        page(200, 'Expired', "Nothing was paid in time. $again");
    } elseif ($attempt !== null && $attempt['state'] === 'refused') {
        page(200, 'We look at it', 'Another amount has arrived than was due. We shall write to you.');
    } else {
        page(200, 'Not paid yet', "We wait for your payment. $again", '<meta http-equiv="refresh" content="5">');
    }
}

$path = strtok($_SERVER['REQUEST_URI'], '?');
switch ("{$_SERVER['REQUEST_METHOD']} $path") {
    case 'GET /':
        page(200, 'Shop', 'One thing, 50.00 USDT. ' . button('/buy', 'Buy'));
        break;

    case 'POST /buy':
    case 'POST /pay':
        $id = $path === '/buy' ? $shop->order() : parameter('id');
        try {
            header('Location: ' . $shop->pay($id), true, 303);
        } catch (InvalidArgumentException $error) {
            header("Location: /order?id=" . rawurlencode($id), true, 303);
        } catch (UsdtError $error) {
            error_log(get_class($error) . ": {$error->getMessage()}");
            page(503, 'Please try again', 'The payment could not be prepared. ' . button("/pay?id=$id", 'Try again'));
        }
        break;

    case 'GET /order':
        orderPage($shop, parameter('id'));
        break;

    case 'GET /return':
        orderPage($shop, parameter('order'));
        break;

    case 'POST /webhook':
        try {
            $event = (new Webhook(getenv('API_SECRET')))->verifyRequest();
        } catch (SignatureError $error) {
            error_log("a webhook was refused: {$error->getMessage()}");
            http_response_code(401);
            break;
        }
        $shop->receive($event);
        http_response_code(200);
        break;

    default:
        page(404, 'No such page', 'Nothing is here.');
}
