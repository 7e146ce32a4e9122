<?php
// A shop's checkout: writes the order down, and asks the gateway for its payment until it has one.
$shop = new PDO('sqlite:' . getenv('SHOP_DATABASE'), null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
['order' => $order, 'amount' => $amount] = $_GET;
$shop->prepare('INSERT OR IGNORE INTO orders (id, amount) VALUES (?, ?)')->execute([$order, $amount]);
$body = json_encode(['order_id' => $order, 'amount' => $amount]);
$curl = curl_init(getenv('GATEWAY') . '/api/create-payment.php');
curl_setopt_array($curl, [
    CURLOPT_POSTFIELDS => $body,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 10,
    CURLOPT_HTTPHEADER => [
        'Content-Type: application/json',
        'X-API-Key: ' . getenv('API_KEY'),
        'X-Signature: ' . hash_hmac('sha256', $body, getenv('API_SECRET')),
    ],
]);
$answer = json_decode((string) curl_exec($curl), true);
if (empty($answer['ok'])) {
    http_response_code(503);
    exit;
}
$shop->prepare('UPDATE orders SET payment_id = ? WHERE id = ?')
    ->execute([$answer['payment']['payment_id'], $order]);
header('Content-Type: application/json');
echo json_encode($answer['payment']);
