<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Answer;
use UsdtCheckout\OpenCart\UsdtShop\Plugin;
use UsdtCheckout\OpenCart\UsdtShop\State;
use UsdtCheckout\OpenCart\UsdtShop\Texts;

/** The parts of the plugin in OpenCart, and its checkout. */
final class OpenCartPlugin extends Plugin
{
    /** @param object $db OpenCart's database. */
    public function __construct(object $db, string $prefix, OpenCart $openCart)
    {
        $database = new OpenCartDatabase($db, $prefix);
        $state = new State($database);
        $settings = new OpenCartSettings($database, $state, $openCart->userAgent());
        parent::__construct($openCart, $database, $state, $settings, new OpenCartOrders($database, $openCart, $settings));
    }

    /** Whether a payer at an address may choose the method. */
    public function isOffered(int $countryId, int $zoneId): bool
    {
        if (!$this->paying->isPossible($this->platform->currencies()[0])) {
            return false;
        }
        $geoZone = $this->settings->number('geo_zone_id');
        $sql = 'SELECT geo_zone_id FROM {zone_to_geo_zone} WHERE geo_zone_id = ? AND country_id = ? AND zone_id IN (0, ?)';
        return $geoZone === 0 || $this->database->row($sql, [$geoZone, $countryId, $zoneId]) !== null;
    }

    /** The method's name, for OpenCart's templates, which take it for HTML. */
    public function title(): string
    {
        return htmlspecialchars($this->settings->text('title'), ENT_QUOTES, 'UTF-8');
    }

    /** The payer has confirmed the order in the checkout. */
    public function confirm(SessionVisitor $visitor, Texts $texts): Answer
    {
        $orderId = $visitor->orderInCheckout();
        $token = $visitor->lastToken();
        if ($orderId === 0 && $token !== null) {
            // A second click.
            $row = $this->payments->findByToken($token);
            $orderId = $row === null ? 0 : $row->orderId;
        }
        try {
            $row = $this->paying->start($orderId);
        } catch (\Exception $error) {
            $hint = method_exists($error, 'getHint') ? (string) $error->getHint() : '';
            $this->warn("order $orderId gets no payment: {$error->getMessage()} $hint");
            return Answer::json(200, ['error' => $texts->get('claim_no_answer')]);
        }
        $visitor->takeAlong($row);
        return Answer::json(200, ['redirect' => $row->paymentUrl]);
    }
}
