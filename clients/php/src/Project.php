<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * How a project is set up and stands.
 *
 * @property-read int $appId
 * @property-read string $name
 * @property-read string $mode `test` or `live`
 * @property-read string $currency
 * @property-read string $network
 * @property-read string[] $priceCurrencies The currencies in which a payment may be priced besides USDT.
 * @property-read string|null $webhookUrl
 * @property-read string[] $events
 * @property-read bool $furtherRetries
 * @property-read int $windowSeconds
 * @property-read int $quarantineSeconds
 * @property-read string $latePolicy
 * @property-read Missing[] $missing What is missing before it goes live, the gravest first.
 * @property-read \DateTimeImmutable $serverTime
 */
final class Project extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'appId' => $fields->integer('app_id'),
            'name' => $fields->text('name'),
            'mode' => $fields->text('mode'),
            'currency' => $fields->text('currency'),
            'network' => $fields->text('network'),
            'priceCurrencies' => $fields->texts('price_currencies'),
            'webhookUrl' => $fields->optionalText('webhook_url'),
            'events' => $fields->texts('events'),
            'furtherRetries' => $fields->flag('further_retries'),
            'windowSeconds' => $fields->integer('window_seconds'),
            'quarantineSeconds' => $fields->integer('quarantine_seconds'),
            'latePolicy' => $fields->text('late_policy'),
            'missing' => array_map([Missing::class, 'read'], $fields->objects('missing')),
            'serverTime' => $fields->date('server_time'),
        ], $fields->raw());
    }
}
