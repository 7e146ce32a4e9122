<?php

declare(strict_types=1);

namespace UsdtShop;

use UsdtClient\ApiError;
use UsdtClient\Project;
use UsdtClient\UsdtError;

/** Tries out the saved settings. Each line says whether it is good, and what to say. */
final class ConnectionTest
{
    /** Seconds by which clocks may differ: a webhook's time is believed within five minutes. */
    private const MOST_CLOCK_DIFFERENCE = 240;

    /** @var Plugin */
    private $plugin;
    /** @var array<string, string> The administration's texts. */
    private $texts;

    /** @param array<string, string> $texts */
    public function __construct(Plugin $plugin, array $texts)
    {
        $this->plugin = $plugin;
        $this->texts = $texts;
    }

    /** @return array<int, array{bool, string}> */
    public function connection(): array
    {
        return $this->tried(function (): array {
            $client = $this->plugin->settings->client();
            $ping = $client->ping();
            if (!$ping->ok) {
                throw $ping->error;
            }
            $this->keep($ping->project);
            $lines = [[true, sprintf($this->texts['test_known'], $ping->project->name, $ping->mode)]];
            if (abs($ping->clockDifference) > self::MOST_CLOCK_DIFFERENCE) {
                $lines[] = [false, sprintf($this->texts['test_clock'], (int) $ping->clockDifference)];
            }
            foreach ($this->plugin->platform->currencies() as $currency) {
                $isTaken = $this->plugin->currencies->isTaken($currency);
                $lines[] = [$isTaken, sprintf($this->texts[$isTaken ? 'test_currency' : 'test_no_currency'], $currency)];
            }
            if ($this->plugin->settings->isTest()) {
                $lines[] = [false, $this->texts['test_mode']];
            } elseif (strncmp($this->plugin->platform->link('webhook'), 'https:', 6) !== 0) {
                $lines[] = [false, $this->texts['test_no_https']];
            }
            foreach ($ping->missing as $missing) {
                $lines[] = [false, $missing->message];
            }
            return $lines;
        });
    }

    /** @return array<int, array{bool, string}> */
    public function webhook(): array
    {
        return $this->tried(function (): array {
            $client = $this->plugin->settings->client();
            $url = $this->plugin->platform->link('webhook');
            $this->keep($client->updateProject([
                'webhook_url' => $url,
                'events' => array_values(array_unique([...$client->project()->events, 'payment.expired'])),
                'further_retries' => true,
                'by' => $this->plugin->platform->name(),
                'note' => 'set in the settings of the shop',
            ]));
            $test = $client->sendTestWebhook();
            if ($test->delivered) {
                $this->plugin->settings->keepProject(['webhook_tested_at' => time()]);
                return [[true, sprintf($this->texts['test_reached'], $url, $test->durationMs)]];
            }
            $lines = [[false, sprintf($this->texts['test_not_reached'], $url, $test->error ?? (string) $test->httpStatus)]];
            return $test->excerpt === null ? $lines : [...$lines, [false, $test->excerpt]];
        });
    }

    /** @return array<int, array{bool, string}> */
    private function tried(callable $test): array
    {
        if (!$this->plugin->settings->isComplete()) {
            return [[false, $this->texts['test_incomplete']]];
        }
        try {
            return $test();
        } catch (UsdtError $error) {
            $hint = $error instanceof ApiError && $error->getHint() !== null ? ' ' . $error->getHint() : '';
            return [[false, $error->getMessage() . $hint]];
        }
    }

    private function keep(Project $project): void
    {
        $this->plugin->settings->keepProject([
            'name' => $project->name,
            'mode' => $project->mode,
            'webhook_url' => $project->webhookUrl,
            'price_currencies' => $project->priceCurrencies,
            'quarantine_seconds' => $project->quarantineSeconds,
            'asked_at' => time(),
        ]);
    }
}
