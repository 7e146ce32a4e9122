<?php

declare(strict_types=1);

namespace UsdtCheckout\Whmcs;

use UsdtCheckout\Whmcs\UsdtShop\Order;
use UsdtCheckout\Whmcs\UsdtShop\Platform;
use WHMCS\Database\Capsule;

/** WHMCS, apart from its invoices. */
final class Whmcs implements Platform
{
    public const MODULE = 'usdtcheckout';

    public function name(): string
    {
        return 'whmcs';
    }

    public function home(): string
    {
        return rtrim($this->setting('SystemURL'), '/') . '/';
    }

    public function link(string $action, array $query = []): string
    {
        return $this->home() . 'modules/gateways/callback/' . self::MODULE . '.php?' . http_build_query(['action' => $action] + $query);
    }

    public function successUrl(Order $order): string
    {
        return $this->home() . "viewinvoice.php?id=$order->id";
    }

    public function description(int $orderId): string
    {
        $number = (string) Capsule::table('tblinvoices')->where('id', $orderId)->value('invoicenum');
        return 'Invoice ' . ($number === '' ? $orderId : $number);
    }

    public function mail(string $subject, string $text): void
    {
        $sent = localAPI('SendAdminEmail', [
            'type' => 'system',
            'customsubject' => $subject,
            'custommessage' => htmlspecialchars($text, ENT_QUOTES, 'UTF-8'),
        ]);
        if (($sent['result'] ?? '') !== 'success') {
            throw new \RuntimeException('WHMCS sent none: ' . ($sent['message'] ?? ''));
        }
    }

    public function log(string $message): void
    {
        logActivity($message);
    }

    public function currencies(): array
    {
        return array_map('strval', Capsule::table('tblcurrencies')->pluck('code')->all());
    }

    /** The language of whoever looks, as a code. */
    public function language(): string
    {
        $names = [
            'arabic' => 'ar',
            'chinese' => 'zh-cn',
            'dutch' => 'nl',
            'farsi' => 'fa',
            'french' => 'fr',
            'german' => 'de',
            'hebrew' => 'he',
            'italian' => 'it',
            'portuguese-br' => 'pt-br',
            'portuguese-pt' => 'pt-pt',
            'russian' => 'ru',
            'spanish' => 'es',
            'turkish' => 'tr',
            'ukranian' => 'uk',
        ];
        $name = is_string($_SESSION['Language'] ?? null) ? $_SESSION['Language'] : $this->setting('Language');
        return $names[strtolower($name)] ?? 'en';
    }

    private function setting(string $name): string
    {
        return (string) Capsule::table('tblconfiguration')->where('setting', $name)->value('value');
    }
}
