<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Order;

/** OpenCart 4.1. */
final class OpenCart4 implements OpenCart
{
    private const ROUTE = 'extension/usdt_checkout/payment/usdt_checkout';

    /** @var object OpenCart's registry. */
    private $registry;
    /** @var object */
    private $config;

    public function __construct(object $registry)
    {
        $this->registry = $registry;
        $this->config = $registry->get('config');
    }

    public static function plugin(object $registry): OpenCartPlugin
    {
        return new OpenCartPlugin($registry->get('db'), DB_PREFIX, new self($registry));
    }

    public function userAgent(): string
    {
        // Its own cron has no version.
        return 'opencart/' . (defined('VERSION') ? VERSION : '4');
    }

    public function name(): string
    {
        return 'opencart';
    }

    public function home(): string
    {
        return self::isAdministration() ? HTTP_CATALOG : HTTP_SERVER;
    }

    public function link(string $action, array $query = []): string
    {
        return $this->address(self::ROUTE . ".$action", $query);
    }

    public function successUrl(Order $order): string
    {
        return $this->address('checkout/success', []);
    }

    public function description(int $orderId): string
    {
        return "OpenCart $orderId";
    }

    public function paymentCode(array $order): string
    {
        $method = json_decode((string) $order['payment_method'], true);
        return explode('.', (string) ($method['code'] ?? ''))[0];
    }

    public function addHistory(int $orderId, int $statusId, string $comment, bool $tellsCustomer): void
    {
        $this->orders()->addHistory($orderId, $statusId, $comment, $tellsCustomer);
    }

    public function keepTransaction(int $orderId, string $txid): void
    {
        $this->orders()->editTransactionId($orderId, $txid);
    }

    public function mail(string $subject, string $text): void
    {
        if (!$this->config->get('config_mail_engine')) {
            return;
        }
        $mail = new \Opencart\System\Library\Mail($this->config->get('config_mail_engine'), [
            'parameter' => $this->config->get('config_mail_parameter'),
            'smtp_hostname' => $this->config->get('config_mail_smtp_hostname'),
            'smtp_username' => $this->config->get('config_mail_smtp_username'),
            'smtp_password' => html_entity_decode((string) $this->config->get('config_mail_smtp_password'), ENT_QUOTES, 'UTF-8'),
            'smtp_port' => $this->config->get('config_mail_smtp_port'),
            'smtp_timeout' => $this->config->get('config_mail_smtp_timeout'),
        ]);
        $mail->setTo($this->config->get('config_email'));
        $mail->setFrom($this->config->get('config_email'));
        $mail->setSender(html_entity_decode((string) $this->config->get('config_name'), ENT_QUOTES, 'UTF-8'));
        $mail->setSubject($subject);
        $mail->setText($text);
        $mail->send();
    }

    public function log(string $message): void
    {
        $this->registry->get('log')->write($message);
    }

    public function takingStates(): array
    {
        $states = array_merge((array) $this->config->get('config_processing_status'), $this->completeStates());
        return array_values(array_unique(array_map('intval', $states)));
    }

    public function completeStates(): array
    {
        return array_map('intval', (array) $this->config->get('config_complete_status'));
    }

    public function sellsWithoutStock(): bool
    {
        return (bool) $this->config->get('config_stock_checkout');
    }

    public function currencies(): array
    {
        // In which OpenCart stores totals, whatever a payer looks at.
        return [(string) $this->config->get('config_currency')];
    }

    private function orders(): object
    {
        $this->registry->get('load')->model('checkout/order');
        return $this->registry->get('model_checkout_order');
    }

    /** @param array<string, string> $query */
    private function address(string $route, array $query): string
    {
        if (self::isAdministration()) {
            $base = HTTP_CATALOG;
        } else {
            $base = $this->config->get('config_url') ?: HTTP_SERVER;
            $query['language'] = (string) $this->config->get('config_language');
        }
        return $base . "index.php?route=$route" . ($query === [] ? '' : '&' . http_build_query($query));
    }

    private static function isAdministration(): bool
    {
        return defined('HTTP_CATALOG');
    }
}
