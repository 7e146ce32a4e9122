<?php

// Runs statements in the shop's database for the tests, from outside of its requests: each line of the input is
// `{"sql": …, "values": […]}`, and each line of the output is its rows, or how many it has changed.
//
//   php sql.php FOLDER

declare(strict_types=1);

require "$argv[1]/config.php";

$database = DB_DRIVER === 'sqlite'
    ? new PDO('sqlite:' . DB_DATABASE)
    : new PDO('mysql:host=' . DB_HOSTNAME . ';dbname=' . DB_DATABASE . ';charset=utf8', DB_USERNAME, DB_PASSWORD);
$database->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$database->exec(DB_DRIVER === 'sqlite' ? 'PRAGMA busy_timeout = 20000' : "SET SESSION sql_mode = ''");
while (($line = fgets(STDIN)) !== false) {
    $asked = json_decode($line, true);
    try {
        $statement = $database->prepare($asked['sql']);
        $statement->execute($asked['values']);
        $rows = $statement->columnCount() > 0 ? $statement->fetchAll(PDO::FETCH_ASSOC) : [];
        $answer = ['rows' => $rows, 'count' => $statement->rowCount(), 'id' => (int) $database->lastInsertId()];
    } catch (PDOException $error) {
        $answer = ['error' => $error->getMessage()];
    }
    echo json_encode($answer), "\n";
}
