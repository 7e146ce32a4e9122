<?php

// The shop's orders and their payments, in SQLite.

declare(strict_types=1);

use UsdtClient\Client;
use UsdtClient\Event;
use UsdtClient\NotFoundError;
use UsdtClient\Payment;

final class Shop
{
    private const PRICE = '50.00';

    /** @var PDO */
    private $database;
    /** @var Client */
    private $client;
    /** @var string */
    private $home;

    public function __construct(string $file, Client $client, string $home)
    {
        $this->client = $client;
        $this->home = $home;
        $this->database = new PDO("sqlite:$file", null, null, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            // Seconds for which one request waits for another one's transaction.
            PDO::ATTR_TIMEOUT => 10,
        ]);
        $this->write(function (): void {
            // A payment belongs to one attempt to pay an order. `payment_id` is text: it has 53 bits.
            $this->database->exec('CREATE TABLE IF NOT EXISTS settings (shop_id TEXT NOT NULL)');
            $this->database->exec("CREATE TABLE IF NOT EXISTS orders
                (id TEXT PRIMARY KEY, amount TEXT NOT NULL, attempt INTEGER NOT NULL, state TEXT NOT NULL)");
            $this->database->exec("CREATE TABLE IF NOT EXISTS payments
                (order_id TEXT PRIMARY KEY, shop_order TEXT NOT NULL, amount TEXT NOT NULL, payment_id TEXT UNIQUE,
                    payment_url TEXT, state TEXT NOT NULL)");
            $this->database->exec('CREATE TABLE IF NOT EXISTS deliveries (shop_order TEXT PRIMARY KEY)');
            $this->database->exec('CREATE TABLE IF NOT EXISTS attention (reason TEXT NOT NULL, about TEXT NOT NULL)');
            // The gateway never forgets an order ID. A shop that is set up anew begins with IDs of its own.
            if ($this->find('SELECT shop_id FROM settings') === null) {
                $this->run('INSERT INTO settings VALUES (?)', ['shop' . bin2hex(random_bytes(4))]);
            }
        });
    }

    /** A new order, and its ID. */
    public function order(): string
    {
        $id = bin2hex(random_bytes(8));
        $this->run("INSERT INTO orders VALUES (?, ?, 1, 'waiting')", [$id, self::PRICE]);
        return $id;
    }

    /** @return array<string, string>|null */
    public function findOrder(string $id): ?array
    {
        return $this->find('SELECT * FROM orders WHERE id = ?', [$id]);
    }

    /** Where the payer of an order is to go. A second click leads to the same payment. */
    public function pay(string $id): string
    {
        $attempt = $this->write(function () use ($id): array {
            $order = $this->findOrder($id);
            if ($order === null || $order['state'] === 'paid') {
                throw new InvalidArgumentException('this order waits for no payment');
            }
            $attempt = $this->attempt($order);
            if ($attempt !== null && $attempt['state'] === 'expired') {
                $this->run('UPDATE orders SET attempt = attempt + 1 WHERE id = ?', [$id]);
                $attempt = null;
            }
            if ($attempt === null) {
                // Written down before it is asked for: if the answer is lost, the reconciliation finds it.
                $order = $this->findOrder($id);
                $this->run("INSERT INTO payments (order_id, shop_order, amount, state) VALUES (?, ?, ?, 'waiting')", [
                    $this->orderId($order),
                    $id,
                    $order['amount'],
                ]);
                $attempt = $this->attempt($order);
            }
            return $attempt;
        });
        if ($attempt['payment_url'] !== null) {
            return $attempt['payment_url'];
        }
        $payment = $this->client->createPayment([
            'order_id' => $attempt['order_id'],
            'amount' => $attempt['amount'],
            // The gateway shows them to everybody: nothing secret is in them.
            'success_url' => "{$this->home}/return?order=$id",
            'fail_url' => "{$this->home}/order?id=$id",
        ]);
        if ($payment->status !== 'pending') {
            throw new RuntimeException("order ID {$attempt['order_id']} was used before, for another shop");
        }
        $this->keep($payment);
        return $payment->paymentUrl;
    }

    /** Books what a webhook told. It can come twice, late, or for nothing that is known. */
    public function receive(Event $event): void
    {
        if (!$event->isPaid()) {
            if ($event->type === 'unknown' || $event->type === 'payment.review') {
                $this->note("a webhook of type $event->type", $event);
            }
            return;
        }
        $this->write(function () use ($event): void {
            $this->book($event);
        });
    }

    /** Asks for each payment whose webhook has not come, and says what it found. */
    public function reconcile(): int
    {
        $booked = 0;
        $select = $this->database->query("SELECT * FROM payments WHERE state IN ('waiting', 'expired')");
        foreach ($select->fetchAll() as $attempt) {
            try {
                $payment = $attempt['payment_id'] === null
                    ? $this->client->getPaymentByOrder($attempt['order_id'])
                    : $this->client->getPayment($attempt['payment_id']);
            } catch (NotFoundError $never) {
                // The create did not reach the gateway, and the payer will try again.
                continue;
            }
            $this->keep($payment);
            $booked += $this->write(function () use ($payment): int {
                if ($payment->isPaid()) {
                    return $this->book($payment) ? 1 : 0;
                }
                if ($payment->status === 'expired' || $payment->status === 'failed') {
                    $this->run("UPDATE payments SET state = 'expired' WHERE payment_id = ?", [$payment->paymentId]);
                }
                return 0;
            });
        }
        return $booked;
    }

    /** The payment of an order's present attempt. */
    public function attempt(array $order): ?array
    {
        return $this->find('SELECT * FROM payments WHERE order_id = ?', [$this->orderId($order)]);
    }

    /** @return array<string, array<int, array<string, string>>> All that the shop knows, for its owner. */
    public function report(): array
    {
        $report = [];
        foreach (['orders', 'payments', 'deliveries', 'attention'] as $table) {
            $report[$table] = $this->database->query("SELECT * FROM $table ORDER BY rowid")->fetchAll();
        }
        return $report;
    }

    /**
     * Books a paid payment once, within a transaction.
     *
     * @param Event|Payment $paid
     */
    private function book($paid): bool
    {
        $attempt = $this->find('SELECT * FROM payments WHERE payment_id = ?', [$paid->paymentId]);
        if ($attempt === null) {
            $this->note('a payment that is not known', $paid);
            return false;
        }
        if ($attempt['state'] === 'booked' || $attempt['state'] === 'refused') {
            return false;
        }
        // What was stored when it was created, not what the order costs now.
        $differences = $paid->differences([
            'order_id' => $attempt['order_id'],
            'amount' => $attempt['amount'],
            'payment_id' => $attempt['payment_id'],
        ]);
        if ($differences !== []) {
            $this->run("UPDATE payments SET state = 'refused' WHERE payment_id = ?", [$paid->paymentId]);
            $this->note('another ' . implode(', ', $differences), $paid);
            return false;
        }
        // The one claim: of all who come at once, one changes this row.
        $claim = "UPDATE payments SET state = 'booked' WHERE payment_id = ? AND state IN ('waiting', 'expired')";
        if ($this->run($claim, [$paid->paymentId]) !== 1) {
            return false;
        }
        $paying = "UPDATE orders SET state = 'paid' WHERE id = ? AND state = 'waiting'";
        if ($this->run($paying, [$attempt['shop_order']]) !== 1) {
            $this->note('an order that was paid before', $paid);
            return false;
        }
        $this->run('INSERT INTO deliveries VALUES (?)', [$attempt['shop_order']]);
        if ($paid->late) {
            $this->note('booked, but late', $paid);
        }
        return true;
    }

    private function keep(Payment $payment): void
    {
        $this->run('UPDATE payments SET payment_id = ?, payment_url = ? WHERE order_id = ? AND payment_id IS NULL', [
            $payment->paymentId,
            $payment->paymentUrl,
            $payment->orderId,
        ]);
    }

    /** `<shop>-<order>-<attempt>`, which never comes again. */
    private function orderId(array $order): string
    {
        $shop = $this->find('SELECT shop_id FROM settings')['shop_id'];
        return "$shop-{$order['id']}-{$order['attempt']}";
    }

    /** Writes something down for a person. */
    private function note(string $reason, JsonSerializable $about): void
    {
        $this->run('INSERT INTO attention VALUES (?, ?)', [$reason, json_encode($about, JSON_UNESCAPED_UNICODE)]);
    }

    /** @return array<string, string>|null */
    private function find(string $sql, array $values = []): ?array
    {
        $select = $this->database->prepare($sql);
        $select->execute($values);
        return $select->fetch() ?: null;
    }

    private function run(string $sql, array $values): int
    {
        $statement = $this->database->prepare($sql);
        $statement->execute($values);
        return $statement->rowCount();
    }

    /** @return mixed */
    private function write(callable $work)
    {
        // PDO's own transaction would take the lock too late: two that have read could not both write.
        $this->database->exec('BEGIN IMMEDIATE');
        try {
            $result = $work();
            $this->database->exec('COMMIT');
            return $result;
        } catch (Throwable $error) {
            $this->database->exec('ROLLBACK');
            throw $error;
        }
    }
}
