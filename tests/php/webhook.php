<?php
// A merchant's receiver: verifies the signature of the raw body before it believes anything, and
// writes down what came.
$apiSecret = 'sk_your_api_secret';
$body = file_get_contents('php://input');
$valid = hash_equals(hash_hmac('sha256', $body, $apiSecret), $_SERVER['HTTP_X_SIGNATURE'] ?? '');
$line = json_encode([
  'method' => $_SERVER['REQUEST_METHOD'],
  'content_type' => $_SERVER['CONTENT_TYPE'] ?? null,
  'valid' => $valid,
  'body' => json_decode($body, true),
]);
file_put_contents(__DIR__ . '/webhooks.jsonl', $line . "\n", FILE_APPEND | LOCK_EX);
http_response_code($valid ? 200 : 401);
