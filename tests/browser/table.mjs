// Lines of cells as text in columns.

/** The first cell of a line names it and stands left; the others are figures and stand right. */
export function aligned(lines) {
  const columns = lines[0].map((_, column) => column);
  const widths = columns.map((column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  return lines.map(([name, ...figures]) => {
    const cells = figures.map((cell, column) => cell.padStart(widths[column + 1]));
    return [name.padEnd(widths[0]), ...cells].join('  ').trimEnd();
  });
}
