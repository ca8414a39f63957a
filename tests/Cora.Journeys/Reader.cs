using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Cora.Journeys;

/// <summary>Somebody who opens a report in a browser, by day and by night, and prints it.</summary>
internal static class Reader
{
    // Milliseconds: a long page on a machine that other tests keep busy.
    private const float Patience = 240_000;

    // Of A4 within the page's own margins, at 96 pixels an inch.
    private const int PaperWidth = 703;
    private const int PaperHeight = 1016;

    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
    private static readonly string[] Quietly = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    /// <summary>What a test says that it skips, where there is no browser.</summary>
    public const string Missing = "There is no Chromium here (apt-get install chromium): the report was not opened in a browser.";

    /// <summary>Whether there is a browser.</summary>
    public static bool IsHere => Chromium is not null;

    private static string? Chromium => Browsers.FirstOrDefault(File.Exists);

    /// <summary>Opens a report; fails at an error, a missing picture, a call to elsewhere, a barrier (axe), a figure or table that paper cuts.</summary>
    /// <param name="path">report.html.</param>
    /// <param name="pictures">Pictures that it has at least.</param>
    public static async Task Opens(string path, int pictures)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = Quietly });
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var window = await browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 1100, Height = 900 } });
            window.SetDefaultTimeout(Patience);
            var page = await window.NewPageAsync();
            var said = new List<string>();
            page.Console += (_, message) => said.Add($"{message.Type}: {message.Text}");
            page.PageError += (_, problem) => said.Add(problem);
            page.Request += (_, request) => { if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) said.Add($"asks for {request.Url}"); };
            await page.GotoAsync("file://" + Path.GetFullPath(path));

            Assert.True(await page.EvaluateAsync<int>("document.images.length") > pictures);
            Assert.Equal(0, await page.EvaluateAsync<int>("[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length"));
            await page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");

            // The other rules do not depend on colours, and take their time on a long page.
            var found = await (scheme == ColorScheme.Light ? page.RunAxe() : page.RunAxe(new AxeRunOptions { RunOnly = new() { Type = "rule", Values = ["color-contrast"] } }));
            Assert.Empty(found.Violations.Select(v => $"{scheme}, {v.Id}: {v.Help} at {string.Join(", ", v.Nodes.Select(n => n.Target))}"));
            Assert.Empty(said);
            if (scheme == ColorScheme.Light) await Printed(page);
        }
    }

    /// <summary>On paper every figure fits on a page and may not be broken, and no table is wider than the paper.</summary>
    private static async Task Printed(IPage page)
    {
        await page.SetViewportSizeAsync(PaperWidth, PaperHeight);
        await page.EmulateMediaAsync(new() { Media = Media.Print });

        Assert.Empty(await page.EvaluateAsync<string[]>($"[...document.querySelectorAll('figure')].filter(f => f.getBoundingClientRect().height > {PaperHeight} || f.getBoundingClientRect().right > {PaperWidth} + 1 || getComputedStyle(f).breakInside !== 'avoid').map(f => f.innerText.slice(0, 60))"));
        Assert.Empty(await page.EvaluateAsync<string[]>($"[...document.querySelectorAll('table')].filter(t => t.offsetParent && t.getBoundingClientRect().right > {PaperWidth} + 1).map(t => t.caption.innerText)"));
        var paper = await page.PdfAsync(new() { Format = "A4", PreferCSSPageSize = true, PrintBackground = true });
        Assert.Equal("%PDF"u8.ToArray(), paper[..4]);
    }
}
