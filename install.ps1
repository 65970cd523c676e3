# Installs pixcrawler on Windows; with -Demo also what its starter workspace needs, and runs that.
#
#   ./install.ps1           a released binary, else a build of this checkout
#   ./install.ps1 -Demo     goes on: uv, bun, .\pixcrawler-demo, pixcrawler dev --migrate
#
# Safe to run again: what is there already is kept. Nothing needs an administrator.
[CmdletBinding(PositionalBinding = $false)]
param(
    [switch]$Demo,
    [switch]$FromSource,
    [string]$Prefix = (Join-Path $HOME '.local'),
    # This release; the checkout's version, else the latest, when it is left out.
    [string]$Version,
    # Passed on to `pixcrawler dev --migrate` by -Demo.
    [Parameter(ValueFromRemainingArguments)][string[]]$DevArguments
)

$ErrorActionPreference = 'Stop'
# Windows PowerShell 5 draws a progress bar that makes downloads ten times slower.
$ProgressPreference = 'SilentlyContinue'

$releases = if ($env:PIXCRAWLER_CLI_RELEASES) { $env:PIXCRAWLER_CLI_RELEASES } else { 'https://github.com/alaamer12/PixCrawler/releases' }
$bin = Join-Path $Prefix 'bin'
$tools = Join-Path $Prefix 'share\pixcrawler'
$exe = Join-Path $bin 'pixcrawler.exe'
$work = Join-Path ([IO.Path]::GetTempPath()) ("pixcrawler-" + [Guid]::NewGuid())

function Step([string]$Text) { Write-Host "==> $Text" }
function Fail([string]$What, [string]$WayOut) {
    [Console]::Error.WriteLine("error: $What")
    if ($WayOut) { [Console]::Error.WriteLine(" = help: $WayOut") }
    exit 1
}
function Test-Program([string]$Name) {
    if (-not (Get-Command $Name -CommandType Application -ErrorAction SilentlyContinue)) { return $false }
    try { & $Name --version *> $null; return $LASTEXITCODE -eq 0 } catch { return $false }
}
function Invoke-Quietly([scriptblock]$Command) {
    # Windows PowerShell turns a program's stderr into errors.
    $ErrorActionPreference = 'Continue'
    try { & $Command *> $null; return $LASTEXITCODE -eq 0 } catch { return $false }
}

# The checkout that this script lies in; nothing when it was piped into a shell.
$source = $null
if ($PSScriptRoot) {
    $manifest = Join-Path $PSScriptRoot 'Cargo.toml'
    if ((Test-Path $manifest) -and (Select-String -Quiet -Path $manifest -Pattern '^name = "pixcrawler"$')) { $source = $PSScriptRoot }
}
$wanted = $Version -replace '^v', ''
if (-not $wanted -and $source) {
    $wanted = (Select-String -Path (Join-Path $source 'Cargo.toml') -Pattern '^version = "(.*)"$' | Select-Object -First 1).Matches.Groups[1].Value
}

# Puts the released binary into $work; false when there is none for us.
function Get-Release {
    if ($env:PROCESSOR_ARCHITECTURE -notin 'AMD64', 'ARM64') {
        Write-Host "    no binary is released for Windows on $env:PROCESSOR_ARCHITECTURE"
        return $false
    }
    # Windows on ARM runs x86-64 programs.
    $archive = 'pixcrawler-x86_64-pc-windows-msvc.zip'
    $url = if ($wanted) { "$releases/download/v$wanted/$archive" } else { "$releases/latest/download/$archive" }
    $file = Join-Path $work $archive
    try { Invoke-WebRequest -UseBasicParsing -TimeoutSec 60 -Uri $url -OutFile $file } catch {
        Write-Host "    no release to be had at $url"
        return $false
    }
    try { Invoke-WebRequest -UseBasicParsing -TimeoutSec 60 -Uri "$url.sha256" -OutFile "$file.sha256" } catch {
        Fail "$url.sha256 cannot be had, so the download cannot be checked" 'build it instead: ./install.ps1 -FromSource'
    }
    $expected = ((Get-Content "$file.sha256" -TotalCount 1) -split '\s+')[0]
    $actual = (Get-FileHash -Algorithm SHA256 $file).Hash
    if ($expected -ne $actual) {
        Fail "$archive has the SHA-256 $($actual.ToLower()), the release says $expected; nothing was installed" 'try again later, or: ./install.ps1 -FromSource'
    }
    Expand-Archive -Force -Path $file -DestinationPath $work
    Write-Host "    sha256 $expected, as released"
    return $true
}

function Build {
    if (-not $source) { Fail 'there is no checkout here to build' 'git clone https://github.com/alaamer12/PixCrawler; cd PixCrawler; ./install.ps1' }
    if (-not (Test-Program cargo)) { Fail 'building needs Rust, and cargo is not on PATH' 'winget install Rustlang.Rustup, open a new terminal, and run this again' }
    Step "building $source (cargo build --release --locked): the first time takes some minutes"
    $output = if ($env:CARGO_TARGET_DIR) { $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($env:CARGO_TARGET_DIR) } else { Join-Path $source 'target' }
    & cargo build --release --locked --manifest-path (Join-Path $source 'Cargo.toml') --target-dir $output
    if ($LASTEXITCODE -ne 0) { Fail 'the build failed' 'Rust 1.95 or newer is needed: rustup update stable' }
    Copy-Item (Join-Path $output 'release\pixcrawler.exe') $work
}

function Install-Uv {
    if (Test-Program uv) { Step "uv is here: $(uv --version)"; return }
    Step "installing uv, the Python package manager (pip into $tools\uv, else astral.sh)"
    $python = Get-Command python, py -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    $venv = Join-Path $tools 'uv'
    $scripts = Join-Path $venv 'Scripts'
    $done = $python -and (Invoke-Quietly { & $python.Source -m venv $venv }) -and
        (Invoke-Quietly { & (Join-Path $scripts 'python.exe') -m pip install --quiet --disable-pip-version-check uv })
    if ($done) { Copy-Item -Force (Join-Path $scripts 'uv*.exe') $bin }
    if (-not (Test-Program uv)) {
        $env:UV_INSTALL_DIR = $bin; $env:UV_NO_MODIFY_PATH = '1'
        [void](Invoke-Quietly { Invoke-RestMethod https://astral.sh/uv/install.ps1 | Invoke-Expression })
    }
    if (-not (Test-Program uv)) { Fail 'uv could not be installed' 'see https://docs.astral.sh/uv/getting-started/installation, then run this again' }
}

function Install-Bun {
    if (Test-Program bun) { Step "bun is here: $(bun --version)"; return }
    Step "installing bun, the JavaScript package manager (npm into $tools\npm, else bun.sh)"
    $npm = Join-Path $tools 'npm'
    $package = Join-Path $npm 'node_modules\bun'
    if (Test-Program npm) {
        [void](Invoke-Quietly { npm install --global --silent --no-fund --no-audit --prefix $npm bun })
        # npm may be told not to run a package's own installation, which picks the right binary.
        if (Test-Path $package) {
            if (-not (Test-Program (Join-Path $package 'bin\bun.exe'))) {
                Push-Location $package; [void](Invoke-Quietly { node install.js }); Pop-Location
            }
            Copy-Item -Force (Join-Path $package 'bin\bun*.exe') $bin
        }
    }
    if (-not (Test-Program bun)) {
        $env:BUN_INSTALL = Join-Path $tools 'bun'
        [void](Invoke-Quietly { Invoke-RestMethod https://bun.sh/install.ps1 | Invoke-Expression })
        Copy-Item -Force (Join-Path $env:BUN_INSTALL 'bin\bun*.exe') $bin -ErrorAction SilentlyContinue
    }
    if (-not (Test-Program bun)) { Fail 'bun could not be installed' 'see https://bun.sh/docs/installation, then run this again' }
}

if ($DevArguments -and -not $Demo) {
    [Console]::Error.WriteLine("error: unknown argument: $($DevArguments[0])")
    exit 2
}
Write-Host "This installs pixcrawler to $exe."
if ($Demo) {
    Write-Host "Then, for the demo: uv and bun where they are missing (to $tools),"
    Write-Host "a starter workspace in $(Join-Path $PWD 'pixcrawler-demo'), and ``pixcrawler dev --migrate`` in it."
}
New-Item -ItemType Directory -Force $bin, $work | Out-Null
try {
    $released = $false
    if (-not $FromSource) {
        Step "looking for a released binary: pixcrawler $(if ($wanted) { $wanted } else { 'latest' })"
        $released = Get-Release
        if (-not $released -and $Version) { Fail "pixcrawler $wanted cannot be had as a binary" 'leave out -Version to build this checkout' }
    }
    if (-not $released) { Build }
    Step "installing to $bin"
    # A running program cannot be overwritten, but it can be renamed.
    if (Test-Path $exe) {
        Remove-Item -Force "$exe.old" -ErrorAction SilentlyContinue
        Move-Item -Force $exe "$exe.old"
    }
    Copy-Item (Join-Path $work 'pixcrawler.exe') $exe
    Remove-Item -Force "$exe.old" -ErrorAction SilentlyContinue
    Write-Host "    installed $(& $exe --version) to $exe"
} finally {
    Remove-Item -Recurse -Force $work -ErrorAction SilentlyContinue
}

if (($env:Path -split ';') -notcontains $bin) {
    Write-Host "    $bin is not on PATH; add it, then open a new terminal:"
    Write-Host "        [Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + ';$bin', 'User')"
}
if (-not $Demo) {
    Write-Host 'Next: pixcrawler new demo; cd demo; pixcrawler dev --migrate'
    exit 0
}

$env:Path = "$bin;$env:Path"
Install-Uv
Install-Bun
$starter = Join-Path $PWD 'pixcrawler-demo'
if ((Test-Path "$starter\celery_core\app.py") -and (Test-Path "$starter\frontend\package.json") -and (Test-Path "$starter\backend\main.py")) {
    Step "using the starter workspace in $starter"
} elseif ((Test-Path $starter) -and (Get-ChildItem -Force $starter)) {
    Fail "$starter is there already, and is no starter workspace" 'move it away, or run this in another folder'
} else {
    Step 'making a starter workspace (pixcrawler new pixcrawler-demo)'
    & $exe new pixcrawler-demo
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}
$arguments = @('dev', '--migrate') + @($DevArguments | Where-Object { $_ })
Step "running: pixcrawler $arguments"
Push-Location $starter
try { & $exe @arguments } finally { Pop-Location }
exit $LASTEXITCODE
