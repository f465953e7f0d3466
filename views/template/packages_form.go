package template

import (
	"berth/forms"
	"berth/views/parts"
)

func bucketField(f forms.Bucket, name, label string) parts.Field {
	return parts.Field{
		Name: name, Label: label, Value: f.Values.Get(name), Error: f.Errors[name], Attrs: judgedBy("/packages/check", name, f.Before.Bucket.ID),
	}
}

func bucketPackagesField(f forms.Bucket, manager string) parts.Field {
	field := PackagesField(manager, f.Values, f.Errors)
	field.Attrs = judgedBy("/packages/check", field.Name, f.Before.Bucket.ID)
	return field
}

// BucketFormTitle is the heading of the form's page.
func BucketFormTitle(f forms.Bucket) string {
	if f.Before.Bucket.ID == "" {
		return "New package bucket"
	}
	return "Edit " + f.Before.Bucket.Name
}

func bucketSaveURL(f forms.Bucket) string {
	if f.Before.Bucket.ID == "" {
		return "/packages"
	}
	return parts.PackagesURL(f.Before.Bucket.ID)
}
