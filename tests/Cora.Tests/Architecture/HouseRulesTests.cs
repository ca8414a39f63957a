using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Cora.Tests.Architecture;

/// <summary>The floors of docs/architecture.md: a room uses rooms on lower floors only, and the dry wing never touches torch.</summary>
public sealed partial class HouseRulesTests
{
    private static readonly Dictionary<string, int> Floors = new()
    {
        ["Cora"] = 0, ["Imaging"] = 0,
        ["Synthesis"] = 1, ["Cohorts"] = 1, ["Evaluation"] = 1, ["Radiology"] = 1, ["Networks"] = 1, ["Language"] = 1,
        ["Phantom"] = 2, ["Ingest"] = 2, ["Training"] = 2, ["Inference"] = 2,
        ["Reporting"] = 3, ["Pretraining"] = 3, ["Tasks"] = 3,
        ["Experiments"] = 4,
        ["Analysis"] = 5,
    };

    private static readonly string[] WetRooms = ["Networks", "Language", "Training", "Inference", "Pretraining", "Tasks", "Experiments", "Analysis"];

    private static readonly Assembly House = typeof(Seed).Assembly;

    [Fact]
    public void Every_room_stands_on_a_known_floor() =>
        Assert.All(House.GetTypes().Where(IsOurs).Select(Room).Distinct(), room => Assert.Contains(room, Floors.Keys));

    [Fact]
    public void A_room_uses_only_rooms_on_lower_floors()
    {
        var wrong = from type in House.GetTypes().Where(IsOurs)
                    from used in Uses(type).Where(IsOurs)
                    let room = Room(type)
                    let to = Room(used)
                    where room != to && Floors[to] > 0 && Floors[to] >= Floors[room]
                    select $"{type.FullName} uses {used.FullName}";

        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void The_dry_wing_never_touches_torch()
    {
        var wrong = from type in House.GetTypes().Where(IsOurs)
                    where !WetRooms.Contains(Room(type))
                    from used in Uses(type)
                    where used.Assembly.GetName().Name == "TorchSharp"
                    select $"{type.FullName} uses {used.FullName}";

        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void The_phantom_does_not_know_the_lesion_engine()
    {
        var wrong = from type in House.GetTypes().Where(t => IsOurs(t) && Room(t) == "Phantom")
                    from used in Uses(type).Where(IsOurs)
                    where Room(used) is "Synthesis" or "Pretraining"
                    select $"{type.FullName} uses {used.FullName}";

        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void The_library_never_writes_to_the_console() =>
        Assert.All(Sources("src/Cora").Concat(Sources("src/Cora.Dicom")), file => Assert.DoesNotMatch(ConsoleUse(), File.ReadAllText(file)));

    [Fact]
    public void The_reader_of_DICOM_knows_nothing_of_the_rest() =>
        Assert.DoesNotContain(typeof(Cora.Dicom.DicomFile).Assembly.GetReferencedAssemblies(), a => a.Name is "Cora" or "TorchSharp" or "SkiaSharp");

    [Fact]
    public void Only_programs_reference_a_native_torch()
    {
        var project = XDocument.Load(Path.Combine(Root(), "src/Cora/Cora.csproj"));

        Assert.Empty(project.Descendants("UsesTorch"));
        Assert.DoesNotContain(project.Descendants("PackageReference"), p => p.Attribute("Include")!.Value.StartsWith("libtorch", StringComparison.Ordinal));
    }

    [Fact]
    public void Most_files_are_short_and_none_is_very_long()
    {
        var lengths = Sources("src").Select(f => (File: f, Lines: File.ReadLines(f).Count())).ToArray();

        Assert.True(lengths.Count(l => l.Lines <= 150) * 2 >= lengths.Length, "half of the files should be at most 150 lines long");
        Assert.All(lengths, l => Assert.True(l.Lines <= 500, $"{l.File}: {l.Lines} lines"));
    }

    [Fact]
    public void Every_package_is_named_with_its_reason()
    {
        var documented = File.ReadAllText(Path.Combine(Root(), "docs/dependencies.md"));
        var packages = XDocument.Load(Path.Combine(Root(), "Directory.Packages.props")).Descendants("PackageVersion").Select(p => p.Attribute("Include")!.Value);

        Assert.All(packages, package => Assert.Contains($"`{package}`", documented));
    }

    /// <summary>The checkout that these tests were built from.</summary>
    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cora.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in a checkout.");
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin"));

    private static bool IsOurs(Type type) =>
        type.Assembly == House && type.Namespace is { } space && (space == "Cora" || space.StartsWith("Cora.", StringComparison.Ordinal));

    private static string Room(Type type) => type.Namespace == "Cora" ? "Cora" : type.Namespace!.Split('.')[1];

    /// <summary>The types that a type's signatures, fields and method bodies name.</summary>
    private static HashSet<Type> Uses(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var used = new HashSet<Type>();
        Add(type.BaseType);
        foreach (var contract in type.GetInterfaces()) Add(contract);
        foreach (var field in type.GetFields(All)) Add(field.FieldType);
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            if (method is MethodInfo { ReturnType: var result }) Add(result);
            foreach (var parameter in method.GetParameters()) Add(parameter.ParameterType);
            if (method.GetMethodBody() is not { } body) continue;
            foreach (var local in body.LocalVariables) Add(local.LocalType);
            foreach (var called in Tokens(body.GetILAsByteArray()!, type.Module, type, method)) Add(called);
        }

        return used;

        void Add(Type? t)
        {
            if (t is null || t.IsGenericParameter) return;
            if (t.HasElementType) { Add(t.GetElementType()); return; }
            if (t.IsGenericType)
            {
                foreach (var argument in t.GetGenericArguments()) Add(argument);
                t = t.GetGenericTypeDefinition();
            }

            used.Add(t);
        }
    }

    /// <summary>Types named by the metadata tokens of a method body: callees, fields, created and tested types.</summary>
    private static IEnumerable<Type> Tokens(byte[] code, Module module, Type type, MethodBase method)
    {
        var typeArguments = type.IsGenericType ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var i = 0; i + 4 < code.Length; i++)
        {
            // call, callvirt, newobj, castclass, isinst, ldfld…stsfld, newarr, ldtoken, box; a false hit resolves to nothing or to a harmless type.
            if (code[i] is not (0x28 or 0x6F or 0x73 or 0x74 or 0x75 or (>= 0x7B and <= 0x80) or 0x8C or 0x8D or 0xD0)) continue;
            MemberInfo? member;
            try
            {
                member = module.ResolveMember(BitConverter.ToInt32(code, i + 1), typeArguments, methodArguments);
            }
            catch (Exception problem) when (problem is ArgumentException or BadImageFormatException or TypeLoadException or FileNotFoundException)
            {
                continue;
            }

            if (member is Type t) yield return t;
            else if (member?.DeclaringType is { } owner) yield return owner;
        }
    }

    [GeneratedRegex(@"\bConsole\.(Write|Error|Out|ReadLine|SetOut)")]
    private static partial Regex ConsoleUse();
}
