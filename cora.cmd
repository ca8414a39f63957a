@echo off
rem Builds CORA in Release when a source is newer than the last build, then runs it. Needs the .NET 10 SDK only.
setlocal
set "root=%~dp0"
set "program=%root%src\Cora.Cli\bin\Release\net10.0\Cora.Cli.dll"
set "stamp=%root%src\Cora.Cli\obj\launcher.stamp"
powershell -NoProfile -Command "$s = Get-Item -ErrorAction SilentlyContinue -LiteralPath $env:stamp; if (-not $s -or -not (Test-Path -LiteralPath $env:program)) { exit 1 }; $new = Get-ChildItem -Recurse -File -LiteralPath ($env:root + 'src'), ($env:root + 'build') | Where-Object { $_.FullName -notmatch '\\(bin|obj)\\' -and $_.LastWriteTimeUtc -gt $s.LastWriteTimeUtc } | Select-Object -First 1; if ($new) { exit 1 } else { exit 0 }"
if errorlevel 1 (
  echo Building CORA ^(once; the first time fetches libtorch^)... 1>&2
  dotnet build "%root%src\Cora.Cli\Cora.Cli.csproj" -c Release -v quiet -nologo --property:RunAnalyzers=false 1>&2 || exit /b 1
  type nul > "%stamp%"
)
dotnet "%program%" %*
exit /b %errorlevel%
