using System.Globalization;
using System.Net;
using System.Text;

namespace Cora.Reporting;

/// <summary>A self-contained page: opens from disk, light or dark as the reader's system, prints, and says in words what its pictures show.</summary>
public sealed class HtmlPage(string title, string subtitle)
{
    private const int ManyColumns = 8;          // more of them need smaller letters on paper
    private readonly StringBuilder body = new();
    private readonly List<(string Id, string Heading)> contents = [];

    /// <summary>Begins a section.</summary>
    public HtmlPage Section(string heading)
    {
        if (contents.Count > 0) body.Append("</section>\n");
        var id = $"part-{contents.Count + 1}";
        contents.Add((id, heading));
        body.Append(CultureInfo.InvariantCulture, $"<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{Text(heading)}</h2>\n");
        return this;
    }

    /// <summary>A heading within a section.</summary>
    public HtmlPage Heading(string heading)
    {
        body.Append(CultureInfo.InvariantCulture, $"<h3>{Text(heading)}</h3>\n");
        return this;
    }

    /// <summary>A paragraph of plain text.</summary>
    public HtmlPage Paragraph(string text)
    {
        body.Append(CultureInfo.InvariantCulture, $"<p>{Text(text)}</p>\n");
        return this;
    }

    /// <summary>A sentence that must not be missed.</summary>
    public HtmlPage Callout(string text, bool isGood)
    {
        body.Append(CultureInfo.InvariantCulture, $"<p class=\"callout {(isGood ? "good" : "bad")}\">{Text(text)}</p>\n");
        return this;
    }

    /// <summary>A table; the first column holds the row's name.</summary>
    public HtmlPage Table(string caption, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(rows);
        body.Append(CultureInfo.InvariantCulture, $"<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-label=\"Table: {Text(caption)}\"><table{(header.Count > ManyColumns ? " class=\"many\"" : "")}>\n<caption>{Text(caption)}</caption>\n");
        if (header.Count > 0) body.Append(CultureInfo.InvariantCulture, $"<thead><tr>{string.Concat(header.Select(h => $"<th scope=\"col\">{Text(h)}</th>"))}</tr></thead>\n");
        body.Append("<tbody>\n");
        foreach (var row in rows)
            body.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(row[0])}</th>{string.Concat(row.Skip(1).Select(c => $"<td>{Text(c)}</td>"))}</tr>\n");
        body.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>A figure drawn from numbers; its SVG becomes part of the page.</summary>
    public HtmlPage Figure(IFigure figure, string svg)
    {
        ArgumentNullException.ThrowIfNull(figure);
        ArgumentNullException.ThrowIfNull(svg);
        var folded = figure.Summary is not null;
        body.Append(CultureInfo.InvariantCulture, $"<figure><div class=\"sheet\"><img alt=\"{Text(figure.Title)}. {(folded ? "The numbers stand in words below." : Text(figure.Caption))}\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}\"></div>");
        body.Append(CultureInfo.InvariantCulture, $"<figcaption><b>{Text(figure.Title)}.</b> {Text(figure.Summary ?? figure.Caption)} <span class=\"files\">{Text(figure.Name)}.svg, .png, .csv</span>");
        if (folded) body.Append(CultureInfo.InvariantCulture, $"<details><summary>In words, with every number</summary><p>{Text(figure.Caption)}</p></details>");
        body.Append("</figcaption></figure>\n");
        return this;
    }

    /// <summary>A picture file, which becomes part of the page.</summary>
    public HtmlPage Picture(string pngPath, string caption)
    {
        var data = Convert.ToBase64String(File.ReadAllBytes(pngPath));
        body.Append(CultureInfo.InvariantCulture, $"<figure><img alt=\"{Text(caption)}\" src=\"data:image/png;base64,{data}\"><figcaption>{Text(caption)}</figcaption></figure>\n");
        return this;
    }

    /// <summary>Text as it stands in a file, folded away until it is wanted.</summary>
    public HtmlPage Folded(string summary, string text)
    {
        body.Append(CultureInfo.InvariantCulture, $"<details><summary>{Text(summary)}</summary><pre>{Text(text)}</pre></details>\n");
        return this;
    }

    /// <summary>Tables and paragraphs folded away until they are wanted.</summary>
    /// <param name="summary">What is folded.</param>
    /// <param name="fill">Writes it.</param>
    /// <param name="isPrinted">Whether paper has it unfolded; otherwise paper says that there is more.</param>
    public HtmlPage Folded(string summary, Action<HtmlPage> fill, bool isPrinted = false)
    {
        ArgumentNullException.ThrowIfNull(fill);
        body.Append(CultureInfo.InvariantCulture, $"<details{(isPrinted ? " class=\"printed\"" : "")}><summary>{Text(summary)}</summary>\n");
        fill(this);
        body.Append("</details>\n");
        return this;
    }

    /// <summary>Sentences as a list.</summary>
    public HtmlPage List(IEnumerable<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        body.Append(CultureInfo.InvariantCulture, $"<ul>{string.Concat(items.Select(i => $"<li>{Text(i)}</li>"))}</ul>\n");
        return this;
    }

    /// <summary>Writes the page, whole or not at all.</summary>
    public void Save(string path) => Atomically.WriteText(path, ToString());

    /// <inheritdoc/>
    public override string ToString()
    {
        var links = contents.Count > 2 ? $"<nav aria-label=\"Contents\"><ul>{string.Concat(contents.Select(c => $"<li><a href=\"#{c.Id}\">{Text(c.Heading)}</a></li>"))}</ul></nav>\n" : "";
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)}</title>
            <style>{Style}</style>
            </head>
            <body>
            <a class="skip" href="#content">Skip to the content</a>
            <header>
            <p class="notice" role="note">{Text(Sheet.Notice)}</p>
            <h1>{Text(title)}</h1>
            <p class="subtitle">{Text(subtitle)}</p>
            {links}</header>
            <main id="content" tabindex="-1">
            {body}{(contents.Count > 0 ? "</section>\n" : "")}</main>
            <footer><p>{Text(Sheet.Notice)}</p></footer>
            </body>
            </html>

            """;
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private const string Style = """

        :root { color-scheme: light dark; --ink: #1b2128; --quiet: #5b6673; --paper: #ffffff; --card: #f5f7f9; --line: #d9dee4; --link: #0b5cad; --good: #0f7b4f; --bad: #a8460f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --quiet: #9aa5b1; --paper: #14171b; --card: #1d2228; --line: #333b45; --link: #7db8f5; --good: #5fd0a0; --bad: #f2a271; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 61rem; padding: 1.5rem 1.25rem 3rem; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Lato, "Helvetica Neue", sans-serif; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: .6rem 0 .2rem; letter-spacing: -.01em; }
        h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
        h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
        p, li { margin: .5rem 0; max-width: 46rem; }
        li { margin: .2rem 0; }
        main:focus { outline: none; }
        .skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; padding: .3rem .8rem; background: var(--card); }
        a { color: var(--link); }
        .notice { display: inline-block; margin: 0; padding: .15rem .7rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .85rem; color: var(--quiet); }
        .subtitle { color: var(--quiet); }
        nav li { max-width: none; margin: 0; }
        nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: 0; list-style: none; font-size: .95rem; }
        .callout { padding: .7rem 1rem; border-left: 4px solid var(--good); background: var(--card); border-radius: 0 .4rem .4rem 0; }
        .callout.bad { border-color: var(--bad); }
        .wide { overflow-x: auto; }
        table { min-width: 24rem; border-collapse: collapse; margin: .8rem 0; font-size: .95rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--quiet); font-size: .9rem; padding-bottom: .3rem; }
        th, td { padding: .35rem .9rem .35rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { font-weight: 600; color: var(--quiet); }
        tbody th { font-weight: 500; }
        figure { margin: 1.2rem 0; }
        figure img { max-width: 100%; height: auto; border-radius: .4rem; display: block; }
        .sheet { background: #ffffff; border: 1px solid var(--line); border-radius: .5rem; padding: .5rem; }
        figcaption { margin-top: .5rem; font-size: .92rem; color: var(--quiet); max-width: 46rem; }
        figcaption b { color: var(--ink); }
        .files { white-space: nowrap; font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .82rem; }
        details { margin: .6rem 0; } summary { cursor: pointer; color: var(--link); }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem; overflow-x: auto; font: .82rem/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }
        footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        @page { margin: 14mm 12mm; }
        @media print {
            :root { color-scheme: light; --ink: #1b2128; --quiet: #4a545f; --paper: #ffffff; --card: #f5f7f9; --line: #c9cfd6; --link: #0b5cad; --good: #0f7b4f; --bad: #a8460f; }
            body { max-width: none; padding: 0; font-size: 10pt; }
            nav, .skip, figcaption details, details > :not(summary) { display: none; }
            summary { list-style: none; color: var(--quiet); } summary::after { content: " (folded; on the screen it opens)"; }
            details.printed::details-content { content-visibility: visible; block-size: auto; } details.printed > :not(summary) { display: block; } details.printed > summary::after { content: ""; }
            figure, tr, .callout { break-inside: avoid; }
            figure img { max-height: 190mm; width: auto; margin: 0 auto; } figcaption { max-width: none; font-size: 8.5pt; line-height: 1.4; } p, li { max-width: none; }
            h2, h3, caption, thead { break-after: avoid; } tbody tr:first-child { break-before: avoid; }
            thead { display: table-header-group; }
            .wide { overflow: visible; } table { min-width: 0; max-width: 100%; font-size: 8pt; } table.many { font-size: 6.5pt; } th, td { padding: .2rem .5rem .2rem 0; } td { overflow-wrap: anywhere; } pre { white-space: pre-wrap; }
        }

        """;
}
