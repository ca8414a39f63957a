using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>The scans of a phantom cohort once more, as a hospital's archive would hold them: a folder of DICOM slices a case.</summary>
public static class PhantomDicom
{
    /// <summary>Folder of the series within the cohort's.</summary>
    public const string Folder = "dicom";

    /// <summary>Writes the series that are not there yet, <c>dicom/CASE/0001.dcm</c> …; the same cohort gives the same bytes.</summary>
    /// <exception cref="CoraException">The folder cannot be written.</exception>
    public static void Write(Cohort cohort, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        foreach (var (i, row) in cohort.Cases.Index())
        {
            stop.ThrowIfCancellationRequested();
            var folder = Path.Combine(cohort.Folder, Folder, row.CaseId);
            if (!Directory.Exists(folder))
            {
                var clinical = cohort.ClinicalOf(row);
                DicomSeriesWriter.Write(folder, Nifti.Read<short>(cohort.PathOf(row.Image)), new()
                {
                    PatientId = row.PatientId,
                    StudyId = row.CaseId,
                    Description = "CTA phantom",
                    Sex = clinical?.Sex switch { "female" => "F", "male" => "M", _ => "" },
                    Age = clinical?.Age is { } age ? (int)age : null,
                });
            }

            progress?.Report(new Progressed("dicom", i + 1, cohort.Cases.Count, "cases"));
        }
    }
}
